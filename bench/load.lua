-- The requests of one measurement, for wrk:
--
--   wrk … -s bench/load.lua URL -- KIND THREADS POOL SLOT SLOTS [explain]
--
-- POOL has a user in each line: client id, client secret, user id, access token,
-- refresh token. A measurement that uses tokens up takes every SLOTS-th line,
-- from SLOT on; THREADS is what wrk was told. With `explain` the first refused answer is printed.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

-- The lines of the slot are dealt out to the threads.
local function read_pool(path, slot, slots, count)
  local pool, line_number = {}, 0
  for line in io.lines(path) do
    if line_number % slots == slot and math.floor(line_number / slots) % count == number then
      local client, secret, user, access, refresh = line:match("(%S+) (%S+) (%S+) (%S+) (%S+)")
      table.insert(pool, { client = client, secret = secret, user = user, access = access, refresh = refresh })
    end
    line_number = line_number + 1
  end
  return pool
end

local function with_secret(entry)
  return { ["x-cal-secret-key"] = entry.secret, ["content-type"] = "application/json" }
end

local function users_of(entry)
  return "/v2/oauth-clients/" .. entry.client .. "/users"
end

-- Requests that can be repeated are put together before the clock runs.
local repeated = {
  constant = function()
    return wrk.format("GET", "/constant")
  end,
  get = function(entry)
    return wrk.format("GET", users_of(entry) .. "/" .. entry.user, with_secret(entry))
  end,
  list = function(entry)
    return wrk.format("GET", users_of(entry) .. "?limit=50", with_secret(entry))
  end,
  me = function(entry)
    return wrk.format("GET", "/v2/me", { ["authorization"] = "Bearer " .. entry.access })
  end,
}

function init(arguments)
  local kind, count, path = arguments[1], tonumber(arguments[2]), arguments[3]
  local slot, slots = tonumber(arguments[4]), tonumber(arguments[5])
  local pool = read_pool(path, slot, slots, count)
  local position = 0

  local function next_entry()
    position = position % #pool + 1
    return pool[position]
  end

  if repeated[kind] then
    local requests = {}
    for _, entry in ipairs(pool) do
      table.insert(requests, repeated[kind](entry))
    end
    request = function()
      position = position % #requests + 1
      return requests[position]
    end
  elseif kind == "create" then
    local created, started = 0, os.time()
    request = function()
      local entry = next_entry()
      created = created + 1
      local email = string.format("new-%d-%d-%d-%d@example.com", started, slot, number, created)
      local body = '{"email":"' .. email .. '","name":"Alice Smith","timeZone":"Europe/Rome"}'
      return wrk.format("POST", users_of(entry), with_secret(entry), body)
    end
  elseif kind == "refresh" then
    -- A queue: a token is taken from its front, and the one it was exchanged for
    -- put to its end. An answer does not say whose it is, but the token does: its
    -- client id stands in these characters, in base64.
    local function client_in(token)
      return token:sub(86, 117)
    end
    local entries, first, last = {}, 1, #pool
    for _, entry in ipairs(pool) do
      entries[client_in(entry.refresh)] = entry
    end
    local tokens = {}
    for index, entry in ipairs(pool) do
      tokens[index] = entry.refresh
    end
    request = function()
      local token = tokens[first]
      if not token then
        io.stderr:write("no refresh token is left\n")
        os.exit(1)
      end
      tokens[first] = nil
      first = first + 1
      local entry = entries[client_in(token)]
      local body = '{"refreshToken":"' .. token .. '"}'
      return wrk.format("POST", "/v2/oauth/" .. entry.client .. "/refresh", with_secret(entry), body)
    end
    response = function(_, _, body)
      local token = body:match('"refreshToken":"([^"]+)"')
      if token then
        last = last + 1
        tokens[last] = token
      end
    end
  end

  if arguments[6] == "explain" then
    local said = false
    response = function(status, _, body)
      if status > 299 and not said then
        said = true
        io.stderr:write(status, " ", body, "\n")
      end
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT requests=%d micros=%d p50=%d p99=%d refused=%d connect=%d read=%d write=%d timeout=%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect, errors.read, errors.write, errors.timeout
  ))
end
