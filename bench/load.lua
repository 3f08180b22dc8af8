-- The requests of one measurement, for wrk:
--
--   wrk … -s bench/load.lua URL -- POOL THREADS SLOT SLOTS METHOD PATH HEADERS BODY [explain|pace=MS]
--
-- Path, headers (lines of `name: value`) and body (empty for none) may hold names in
-- braces. POOL has a user in each line, and the names stand for the columns of the line
-- (see `columns`). {unique} is another text in each request, {hour} another full hour, and {time} another quarter
-- of an hour that everybody works in. Every SLOTS-th line is used, from SLOT on; THREADS is what wrk was told. With
-- `explain` the first refused answer is printed; with `pace` a caller waits before each request.

local columns = { "client", "secret", "user", "access", "refresh", "organization", "schedule", "eventType",
  "slots", "appointment", "booking", "from", "week", "month" }
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

-- The lines of the slot are dealt out to the threads. A single line is for all of them.
local function read_pool(path, slot, slots, count)
  local lines = 0
  for _ in io.lines(path) do
    lines = lines + 1
  end
  local is_single = slot + slots >= lines
  local pool, line_number = {}, 0
  for line in io.lines(path) do
    if line_number % slots == slot and (is_single or math.floor(line_number / slots) % count == number) then
      local entry, column = {}, 1
      for value in line:gmatch("%S+") do
        entry[columns[column]] = value
        column = column + 1
      end
      table.insert(pool, entry)
    end
    line_number = line_number + 1
  end
  return pool
end

-- A name that the user has no value for stays.
local function filled(text, entry)
  return (text:gsub("{(%a+)}", entry))
end

function init(arguments)
  local pool_path, count = arguments[1], tonumber(arguments[2])
  local slot, slots = tonumber(arguments[3]), tonumber(arguments[4])
  local method, path, header_lines, body = arguments[5], arguments[6], arguments[7], arguments[8]
  local pool = read_pool(pool_path, slot, slots, count)

  -- What can be put together before the clock runs.
  local function prepared(entry)
    local headers = {}
    for line in header_lines:gmatch("[^\n]+") do
      local name, value = filled(line, entry):match("^(%S+): (.*)$")
      headers[name] = value
    end
    return { path = filled(path, entry), headers = headers, body = body ~= "" and filled(body, entry) or nil }
  end

  local function text(of, with_body)
    return wrk.format(method, of.path, of.headers, with_body)
  end

  if body:find("{refresh}", 1, true) then
    -- A queue: a token is taken from its front, and the one it was exchanged for
    -- put to its end. An answer does not say whose it is, but the token does: its
    -- client id stands in these characters, in base64.
    local function client_in(token)
      return token:sub(86, 117)
    end
    local requests, tokens, first, last = {}, {}, 1, #pool
    for index, entry in ipairs(pool) do
      local token = entry.refresh
      entry.refresh = nil
      requests[client_in(token)] = prepared(entry)
      tokens[index] = token
    end
    request = function()
      local token = tokens[first]
      if not token then
        io.stderr:write("no refresh token is left\n")
        os.exit(1)
      end
      tokens[first] = nil
      first = first + 1
      local of = requests[client_in(token)]
      return text(of, filled(of.body, { refresh = token }))
    end
    response = function(_, _, answer)
      local token = answer:match('"refreshToken":"([^"]+)"')
      if token then
        last = last + 1
        tokens[last] = token
      end
    end
  else
    -- What differs from request to request, of all threads.
    local created, started = arguments[9] == "explain" and 200000 or 0, os.time()
    local another = {}
    function another.unique()
      return string.format("new-%d-%d-%d", started, number, created)
    end
    function another.hour()
      return os.date("!%Y-%m-%dT%H:00:00Z", 1893456000 + created * 3600)
    end
    -- As `free_time` of bookings.rs has it.
    function another.time()
      local this = created * count + number
      local day, quarter = this % 18000, math.floor(this / 18000)
      if quarter >= 28 then
        io.stderr:write("no free time is left\n")
        os.exit(1)
      end
      local days = math.floor(day / 5) * 7 + day % 5
      return os.date("!%Y-%m-%dT%H:%M:00Z", 1894003200 + days * 86400 + quarter * 900)
    end
    local is_other = false
    for name in pairs(another) do
      is_other = is_other or body:find("{" .. name .. "}", 1, true) ~= nil
    end
    local function each(name)
      return another[name] and another[name]()
    end

    local requests, position = {}, 0
    for index, entry in ipairs(pool) do
      local of = prepared(entry)
      requests[index] = is_other and of or text(of, of.body)
    end
    request = function()
      position = position % #requests + 1
      local of = requests[position]
      if not is_other then
        return of
      end
      created = created + 1
      return text(of, (of.body:gsub("{(%a+)}", each)))
    end
  end

  local pace = (arguments[9] or ""):match("^pace=(%d+)$")
  if pace then
    delay = function()
      return tonumber(pace)
    end
  end

  if arguments[9] == "explain" then
    local said = false
    response = function(status, _, answer)
      if status > 299 and not said then
        said = true
        io.stderr:write(status, " ", answer, "\n")
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
