"""Who calls, and about whom: loaded by Schemathesis, see scripts/schemathesis.

Most requests carry real credentials and real ids, so that they get past the access
rules; the rest stay as they were generated.
"""

import datetime
import itertools
import json
import os
import random
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import schemathesis

greeting = open(os.environ["SLOTD_GREETING"], encoding="utf-8").read()
base = re.search(r"^listening on (\S+)", greeting, re.M)[1]
api_key, client_id, client_secret = (
    re.search(rf"^  {name} +(\S+)$", greeting, re.M)[1]
    for name in ("owner's API key", "OAuth client id", "OAuth client secret")
)
organization = re.search(r"^  organization id +(\d+)$", greeting, re.M)[1]
by_secret = {"x-cal-client-id": client_id, "x-cal-secret-key": client_secret}
users = f"/v2/oauth-clients/{client_id}/users"
webhooks = f"/v2/oauth-clients/{client_id}/webhooks"
# Not the same as those of another run against the same server.
numbers = itertools.count(random.randrange(10**9) * 1000)


times = itertools.count(random.randrange(10**5))
callback = "https://app.example/callback"


def admin(*command):
    data_dir = os.environ["SLOTD_DATA_DIR"]
    command = [os.environ["SLOTD_BINARY"], "--data-dir", data_dir, "admin", *command, "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


class Unfollowed(urllib.request.HTTPRedirectHandler):
    """Where an answer leads is part of the answer."""

    def redirect_request(self, *_):
        return None


unfollowed = urllib.request.build_opener(Unfollowed)


def redirect(path, headers, body=None):
    """The headers of an answer that leads elsewhere."""
    headers = {**headers, "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        unfollowed.open(urllib.request.Request(base + path, data, headers))
    except urllib.error.HTTPError as answer:
        if answer.code in (302, 303):
            return answer.headers
        raise
    raise AssertionError(f"{path} leads nowhere")


def code_of(headers):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(headers["location"]).query)["code"][0]


app = admin("create-oauth2-client", "--name", "App", "--redirect-uri", callback, "--scope", "PROFILE_READ")
login = urllib.parse.urlsplit(admin("login-link")["loginLink"]).path
cookie = {"Cookie": redirect(login, {})["set-cookie"].split(";")[0]}


def create(path, headers, body):
    headers = {**headers, "content-type": "application/json"}
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)["data"]


def new_user():
    body = {"email": f"person{next(numbers)}@example.com", "name": "N", "timeZone": "Europe/Rome"}
    return create(users, by_secret, body)


def new_webhook():
    url = f"https://hooks{next(numbers)}.example.com"
    return create(webhooks, by_secret, {"active": True, "subscriberUrl": url, "triggers": []})


def new_event_type(headers):
    """An event type of the user whom the headers act as, who has at most 1,000."""
    headers = {**headers, "cal-api-version": "2024-06-14"}
    number = next(numbers)
    if number % 200 == 0:
        with urllib.request.urlopen(urllib.request.Request(f"{base}/v2/event-types", headers=headers)) as response:
            event_types = json.load(response)["data"]
        for event_type in event_types:
            path = f"{base}/v2/event-types/{event_type['id']}"
            urllib.request.urlopen(urllib.request.Request(path, method="DELETE", headers=headers)).close()
    body = {"lengthInMinutes": 30, "title": "T", "slug": f"event-type-{number}"}
    return create("/v2/event-types", headers, body)


def new_client():
    body = {"name": "N", "redirectUris": [callback], "permissions": ["*"]}
    return create("/v2/oauth-clients", by_secret, body)


def new_schedule():
    headers = {**credentials, "cal-api-version": "2024-06-11"}
    with urllib.request.urlopen(urllib.request.Request(f"{base}/v2/schedules", headers=headers)) as response:
        schedules = json.load(response)["data"]
    # A user has at most 100.
    for schedule in schedules if len(schedules) > 80 else ():
        path = f"{base}/v2/schedules/{schedule['id']}"
        urllib.request.urlopen(urllib.request.Request(path, method="DELETE", headers=headers)).close()
    return create("/v2/schedules", headers, {"name": "N", "timeZone": "UTC", "isDefault": False})["id"]


def new_slot():
    """An event type of a managed user, and a time of it that nobody else wants."""
    user = new_user()
    event_type = new_event_type({"Authorization": f"Bearer {user['accessToken']}"})
    return {"eventTypeId": event_type["id"], "slotStart": "2050-09-05T08:00:00Z"}


def call(method, path, headers, body=None, version="2024-08-13"):
    headers = {**headers, "content-type": "application/json", "cal-api-version": version}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(base + path, data, headers, method=method)) as response:
        return json.load(response)["data"]


def wanted_booking(event_type):
    """The body of a booking of the caller's, at a time that nobody else wants."""
    number = next(times)
    day = datetime.date(2040, 1, 2) + datetime.timedelta(days=7 * (number // 40) + number // 10 % 4)
    start = f"{day}T{10 + number % 10 // 2:02}:{number % 2 * 30:02}:00Z"
    attendee = {"name": "A", "email": f"guest{number}@example.org", "timeZone": "Europe/Rome"}
    return {"start": start, "eventTypeId": event_type, "attendee": attendee}


bookable = {}


def always():
    """A schedule of the caller's that is always open, whatever becomes of the default one."""
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    hours = {"name": "Always", "timeZone": "UTC", "isDefault": False,
             "availability": [{"days": days, "startTime": "00:00", "endTime": "23:59"}]}
    return call("POST", "/v2/schedules", credentials, hours, "2024-06-11")["id"]


def free_time(**fields):
    """The body of a booking of an event type of the caller's with these fields: one for all bookings."""
    key = json.dumps(fields)
    if key not in bookable:
        body = {"lengthInMinutes": 30, "title": "T", "slug": f"event-type-{next(numbers)}", "scheduleId": always(), **fields}
        bookable[key] = call("POST", "/v2/event-types", credentials, body, "2024-06-14")["id"]
    return wanted_booking(bookable[key])


def new_booking(**fields):
    """A booking of the caller's, who confirms or changes it."""
    try:
        return call("POST", "/v2/bookings", {}, free_time(**fields))
    except urllib.error.HTTPError:
        # A generated request has changed or deleted the event type.
        bookable.clear()
        return call("POST", "/v2/bookings", {}, free_time(**fields))


begun = None


def begun_booking():
    """A booking of the caller's that has begun, which takes its second."""
    global begun
    if begun is None:
        event_type = {"lengthInMinutes": 1, "title": "T", "slug": f"event-type-{next(numbers)}",
                      "scheduleId": always(), "minimumBookingNotice": 0}
        event_type = call("POST", "/v2/event-types", credentials, event_type, "2024-06-14")["id"]
        start = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        body = {**wanted_booking(event_type), "start": start.isoformat()}
        begun = call("POST", "/v2/bookings", {}, body)
        time.sleep(2)
    return begun


def new_absence(user):
    body = {"start": "2050-09-05T00:00:00Z", "end": "2050-09-09T00:00:00Z"}
    return create(f"/v2/organizations/{organization}/users/{user}/ooo", by_secret, body)


# So that a managed user has event types.
enable = {"areDefaultEventTypesEnabled": True}
headers = {"content-type": "application/json", "x-cal-secret-key": client_secret}
path = f"{base}/v2/oauth-clients/{client_id}"
urllib.request.urlopen(urllib.request.Request(path, json.dumps(enable).encode(), headers, method="PATCH")).close()

kind = os.environ["SLOTD_CALLER"]
credentials = {
    "oauth-client": by_secret,
    "api-key": {"Authorization": f"Bearer {api_key}"},
    "access-token": {"Authorization": f"Bearer {new_user()['accessToken']}"},
    "session": cookie,
}[kind]


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = f"{case.method} {case.path}"
    known = case.path_parameters or {}
    headers = case.headers if case.headers is not None else {}
    likely = lambda: random.random() < 0.8
    kwargs["allow_redirects"] = False
    if likely():
        for name in ("authorization", "x-cal-client-id", "x-cal-secret-key"):
            headers.pop(name, None)
        headers.update(credentials)
        # One that was used before, for something else, is refused.
        for name in [name for name in headers if name.lower() == "idempotency-key"]:
            del headers[name]
    if operation == "DELETE /v2/oauth-clients/{clientId}":
        # Never the caller's own.
        client = new_client()
        known["clientId"] = client["clientId"]
        if kind == "oauth-client":
            headers["x-cal-secret-key"] = client["clientSecret"]
    elif "clientId" in known and likely():
        known["clientId"] = client_id
    if "/oauth2/" in case.path and "clientId" in known and likely():
        known["clientId"] = app["clientId"]
    if operation == "POST /v2/auth/oauth2/clients/{clientId}/authorize" and isinstance(case.body, dict) and likely():
        case.body = {**case.body, "redirect_uri": callback}
        if likely():
            case.body = {"redirect_uri": callback, "state": case.body.get("state", "s")}
    if operation == "POST /v2/auth/oauth2/token" and isinstance(case.body, dict) and likely():
        path = f"/v2/auth/oauth2/clients/{app['clientId']}/authorize"
        case.body = {
            "client_id": app["clientId"],
            "client_secret": app["clientSecret"],
            "grant_type": "authorization_code",
            "code": code_of(redirect(path, cookie, {"redirect_uri": callback})),
            "redirect_uri": callback,
        }
    if operation == "POST /v2/oauth/{clientId}/authorize" and likely():
        known["clientId"] = new_client()["clientId"]
        case.body = {"redirectUri": callback}
    if operation == "POST /v2/oauth/{clientId}/exchange" and likely():
        client = new_client()
        known["clientId"] = client["clientId"]
        path = f"/v2/oauth/{client['clientId']}/authorize"
        headers["Authorization"] = f"Bearer {code_of(redirect(path, cookie, {'redirectUri': callback}))}"
        case.body = {"clientSecret": client["clientSecret"]}
    if case.path.startswith("/v2/event-types"):
        # The document shows this shape.
        headers["cal-api-version"] = "2024-06-14"
    if operation == "POST /v2/event-types" and isinstance(case.body, dict) and likely():
        case.body["slug"] = f"event-type-{next(numbers)}"
        for name in ("destinationCalendar", "scheduleId", "customName", "bookingFields", "useDestinationCalendarEmail"):
            case.body.pop(name, None)
    if "webhookId" in known and likely():
        known["webhookId"] = new_webhook()["id"]
    if "userId" in known and likely():
        known["userId"] = new_user()["user"]["id"]
    if "orgId" in known and likely():
        known["orgId"] = organization
        if "oooId" in known:
            known["userId"] = new_user()["user"]["id"]
            known["oooId"] = new_absence(known["userId"])["id"]
        if operation.endswith("/ooo") and isinstance(case.body, dict):
            case.body.pop("toUserId", None)
    if operation == "GET /v2/slots" and likely():
        days = {"start": "2050-09-05", "end": "2050-09-09"}
        case.query = {"eventTypeId": str(new_slot()["eventTypeId"]), **days}
    if operation == "GET /v2/slots/available" and likely():
        days = {"startTime": "2050-09-05T00:00:00Z", "endTime": "2050-09-09T00:00:00Z"}
        case.query = {"eventTypeId": str(new_slot()["eventTypeId"]), **days}
    if case.path.startswith("/v2/slots/reservations") and likely():
        if "uid" in known:
            known["uid"] = create("/v2/slots/reservations", {}, new_slot())["reservationUid"]
        if case.method in ("POST", "PATCH"):
            case.body = new_slot()
    if operation == "POST /v2/slots/reserve" and likely():
        slot = new_slot()
        times = {"slotUtcStartDate": slot["slotStart"], "slotUtcEndDate": "2050-09-05T08:30:00Z"}
        case.body = {"eventTypeId": slot["eventTypeId"], **times}
    if case.path.startswith("/v2/bookings"):
        # The document shows this shape.
        headers["cal-api-version"] = "2024-08-13"
    if case.path.startswith("/v2/bookings") and kind != "session" and likely():
        headers.update(credentials)
        seats = {"seats": {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}}
        last = case.path.rsplit("/", 1)[1]
        if "seatUid" in known:
            known["seatUid"] = new_booking(**seats)["seatUid"]
        if "bookingUid" in known:
            if last in ("confirm", "decline"):
                policy = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
                booking = new_booking(confirmationPolicy=policy)
            elif last in ("mark-absent", "mark-no-show"):
                booking = begun_booking()
            else:
                booking = new_booking()
            known["bookingUid"] = booking["uid"]
            if "attendeeId" in known:
                found = call("GET", f"/v2/bookings/{booking['uid']}/attendees", credentials)
                known["attendeeId"] = found[0]["id"]
        free = free_time()
        case.body = {
            "POST /v2/bookings": free,
            "POST /v2/bookings/recurring": [
                {"eventTypeId": free["eventTypeId"], "start": free["start"], "timeZone": "UTC", "language": "en", "metadata": {},
                 "responses": {"name": "A", "email": free["attendee"]["email"]}}
            ],
            "POST /v2/bookings/{bookingUid}/reschedule": {"start": free["start"]},
            "POST /v2/bookings/{bookingUid}/cancel": {"cancellationReason": "N"},
            "POST /v2/bookings/{bookingUid}/mark-absent": {"host": True},
            "POST /v2/bookings/{bookingUid}/mark-no-show": {"noShowHost": True},
            "POST /v2/bookings/{bookingUid}/attendees": {
                "name": "B", "timeZone": "UTC", "email": f"b{next(numbers)}@example.org"
            },
            "POST /v2/bookings/{bookingUid}/guests": {"guests": [{"email": f"c{next(numbers)}@example.org"}]},
            "PATCH /v2/bookings/{bookingUid}/location": {"location": {"type": "address", "address": "Here"}},
        }.get(operation, case.body)
        if operation == "GET /v2/bookings":
            case.query = {"take": "10"}
    if case.path.endswith("/bookings") and case.path.startswith("/v2/organizations") and likely():
        case.query = {}
    if "eventTypeId" in known and kind != "session" and likely():
        known["eventTypeId"] = new_event_type(credentials)["id"]
        of_event_type = {"active": True, "subscriberUrl": f"https://hooks{next(numbers)}.example.com", "triggers": []}
        path = f"/v2/event-types/{known['eventTypeId']}"
        if "webhookId" in known:
            known["webhookId"] = create(f"{path}/webhooks", credentials, of_event_type)["id"]
        # Managed users make none.
        if "linkId" in known and kind != "access-token":
            known["linkId"] = create(f"{path}/private-links", credentials, {})["linkId"]
    if case.path == "/v2/event-types/{username}/{slug}/public" and likely():
        person = new_user()
        event_type = new_event_type({"Authorization": f"Bearer {person['accessToken']}"})
        known.update(username=person["user"]["username"], slug=event_type["slug"])
    if case.path == "/v2/atoms/event-types/{slug}/public" and likely():
        person = new_user()
        event_type = new_event_type({"Authorization": f"Bearer {person['accessToken']}"})
        known["slug"] = event_type["slug"]
        case.query = {"username": person["user"]["username"]}
    if operation == "PATCH /v2/atoms/event-types/bulk-update-to-default-location" and likely():
        case.body = {"eventTypeIds": []}
    if case.path == "/v2/calendars/busy-times" and likely():
        case.query = {"timeZone": "UTC", "dateFrom": "2026-03-02", "dateTo": "2026-03-08"}
    if "appSlug" in known and likely():
        known["appSlug"] = "stripe"
    if "scheduleId" in known and kind != "session" and likely():
        known["scheduleId"] = new_schedule()
    if operation == "POST /v2/atoms/schedules/create" and kind != "session" and likely():
        # Makes room where there is none.
        new_schedule()
        case.body = {"name": "Evenings"}
    if "eventSlug" in known and likely():
        known["eventSlug"] = "thirty-minutes"
        case.query = {}
    if case.path.startswith("/v2/schedules"):
        # The document shows this shape.
        headers["cal-api-version"] = "2024-06-11"
    if operation == "POST /v2/oauth/{clientId}/refresh" and isinstance(case.body, dict) and likely():
        case.body["refreshToken"] = new_user()["refreshToken"]
        headers["x-cal-secret-key"] = client_secret
    case.headers = headers


@schemathesis.hook
def after_call(context, case, response):
    operation = f"{case.method} {case.path}"
    with open(os.environ["SLOTD_ANSWERED"], "a", encoding="utf-8") as file:
        file.write(f"{response.status_code} {operation}\n")
    if operation == "POST /v2/api-keys/refresh" and response.status_code == 200:
        global api_key
        old, api_key = api_key, response.json()["data"]["apiKey"]
        credentials["Authorization"] = f"Bearer {api_key}"
        # The next run against this server reads it there.
        with open(os.environ["SLOTD_GREETING"], "r+", encoding="utf-8") as file:
            text = file.read().replace(old, api_key)
            file.seek(0)
            file.write(text)
