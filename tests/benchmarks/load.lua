-- One workload for wrk: requests rendered from environment variables, results as one JSON line.
-- LOAD_BODIES holds alternatives that take turns; {n} is a counter, {id} and {name} come from the lines of LOAD_IDS.
local method, path = os.getenv("LOAD_METHOD"), os.getenv("LOAD_PATH")
local prefix, mode = os.getenv("LOAD_PREFIX") or "", os.getenv("LOAD_MODE") or "cycle"
local headers = { ["Authorization"] = "Bearer " .. (os.getenv("LOAD_TOKEN") or "none") }
local bodies, ids = {}, {}
local counter = 0

for line in io.lines(os.getenv("LOAD_BODIES")) do
  bodies[#bodies + 1] = line
end
if #bodies > 0 then
  headers["Content-Type"] = "application/scim+json"
end
for line in io.lines(os.getenv("LOAD_IDS")) do
  ids[#ids + 1] = line
end

local function render(text, n, line)
  -- A line is an id, or an id, a tab and a name.
  -- In a replacement a per cent sign has a meaning of its own; a query is full of them.
  local id, name = line:gsub("%%", "%%%%"):match("^([^\t]*)\t?(.*)$")
  return (text:gsub("{n}", prefix .. n):gsub("{id}", id):gsub("{name}", name))
end

function request()
  local turn = #bodies > 0 and #bodies or 1
  -- Alternatives that undo each other (add, remove) must meet the same id.
  local step = mode == "pairs" and math.floor(counter / turn) or counter
  local id = #ids > 0 and ids[step % #ids + 1] or ""
  local body = #bodies > 0 and render(bodies[counter % turn + 1], counter, id) or nil
  counter = counter + 1
  return wrk.format(method, render(path, counter, id), headers, body)
end

function done(summary, latency, _)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "seconds": %.6f, "failed": %d, "broken": %d, "p50_ms": %.4f, "p99_ms": %.4f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
