-- What Argo CD's Lua VM (gopher-lua) lets a health script see and do, made from PUC Lua 5.1.
--
-- Runs once in a fresh runtime and returns the functions that judge with it. What stands here keeps its
-- own functions in locals, whatever a script does to its globals. `python` holds what Lua can't do.
local open_libs, foreign, limits, python = ...

local error, loadstring, newproxy, next, pairs, pcall, select, tonumber, tostring, type, unpack =
  error, loadstring, newproxy, next, pairs, pcall, select, tonumber, tostring, type, unpack
local byte, find, format, gmatch, gsub, lower, match =
  string.byte, string.find, string.format, string.gmatch, string.gsub, string.lower, string.match
local strings, concat, insert, sort, floor, rawset = string, table.concat, table.insert, table.sort, math.floor, rawset
local get_info, set_hook, get_metatable, set_metatable, set_env =
  debug.getinfo, debug.sethook, debug.getmetatable, debug.setmetatable, setfenv
local create, resume, kilobytes, globals = coroutine.create, coroutine.resume, collectgarbage, _G

if jit then jit.off() end -- compiled code calls no hooks

-- Limits ---------------------------------------------------------------------------------------------

local run
local instructions, calls, stop, depth, held = 0, 0, 0, 0, 0

-- gopher-lua stops at 256 nested calls, PUC at some twenty thousand. A tail call doesn't nest, and who makes
-- thousands of them makes them in a row.
local function nested()
  local count, level = -3, 3 -- not counted: `run`, its pcall and `called`. Level 3 is the call that is about to happen
  while count <= limits.calls and level < limits.levels do
    local frame = get_info(level, "S")
    if frame == nil then break end
    if frame.what ~= "tail" then count = count + 1 end
    level = level + 1
  end
  return count
end

-- Ends the script for good: again at every instruction, lest its own pcall swallows the error.
local function stopped(text)
  local place = get_info(3, "Sl") -- 2 is `look`
  if place.source == "=<string>" and place.currentline > 0 then text = "<string>:" .. place.currentline .. ": " .. text end
  set_hook(function()
    if get_info(2, "f").func ~= run then error(text, 0) end
    set_hook()
  end, "", 1)
  error(text, 0)
end

local function look(event)
  -- The instructions of this very function are counted, too: where a script's loop and they keep step, no count may
  -- ever end in the loop. So calls count as well.
  calls = calls + 1
  if event == "count" or calls > limits.look_every then
    instructions, calls = instructions + limits.look_every, 0
    if instructions > limits.instructions or python.now() > stop then stopped("context deadline exceeded") end
    if limits.kilobytes and kilobytes("count") - held > limits.kilobytes then stopped("not enough memory") end
  end
  if event == "call" then
    depth = depth + 1
    if depth > limits.calls then
      depth = nested() -- less than it seemed, where there were tail calls, or calls that an error ended
      if depth > limits.calls then error("stack overflow", 3) end
    end
  elseif event ~= "count" then -- return, tail return
    depth = depth - 1
  end
end

-- Functions that gopher-lua has otherwise ------------------------------------------------------------

-- A number as Go prints it.
local function number_text(n)
  if n ~= n then return "NaN" end
  if n == 1 / 0 then return "+Inf" end
  if n == -1 / 0 then return "-Inf" end
  if n == floor(n) and n >= -2 ^ 63 and n < 2 ^ 63 then return format("%d", n) end
  local digits, text = -1, nil
  repeat
    digits = digits + 1
    text = format("%." .. digits .. "e", n)
  until tonumber(text) == n
  local exponent = tonumber(match(text, "e(.*)$"))
  if exponent < -4 or exponent >= 6 then return text end
  return format("%." .. (digits > exponent and digits - exponent or 0) .. "f", n)
end

local function to_text(...)
  if select("#", ...) == 0 then error("bad argument #1 to tostring (value expected)", 2) end
  local value = ...
  if type(value) == "number" then return number_text(value) end
  return tostring(...)
end

-- Without a dot only integers are numbers: no 1e5, no inf.
local function to_number(...)
  if select("#", ...) == 0 then error("bad argument #1 to tonumber (value expected)", 2) end
  local value, base = ...
  if type(value) ~= "string" then return type(value) == "number" and value or nil end
  local text = match(value, "^[ \n\t]*(.-)[ \n\t]*$")
  if find(text, ".", 1, true) then return tonumber(text) end
  if not base and find(text, "^0[xX]%x+$") then return tonumber(text) end
  local sign, digits = match(text, "^([+-]?)(%w+)$")
  if not digits or not base and find(digits, "%D") then return nil end
  local number = tonumber(digits, base or 10)
  return number and (sign == "-" and -number or number)
end

-- Go's Sprintf takes any value for %s, and says where one is missing.
local function sprintf(text, ...)
  local values, count, used = { ... }, select("#", ...), 0
  local formatted = gsub(text, "%%([-+ #0]*%d*%.?%d*)(.?)", function(flags, verb)
    if verb == "%" then return "%" end
    used = used + 1
    if used > count then return "%!" .. verb .. "(MISSING)" end
    local value = values[used]
    if verb == "s" or verb == "v" then return format("%" .. flags .. "s", to_text(value)) end
    if type(value) == "string" and (verb == "d" or verb == "i") then
      return format("%" .. flags .. "s", to_number(value) and value or "0")
    end
    return format("%" .. flags .. verb, value)
  end)
  return formatted
end

-- A single number stays one, and costs a message its status.
local function joined(list, separator, first, last)
  local from, to, texts = first or 1, last or type(list) == "table" and #list, list
  if to and from == to and type(list[from]) == "number" then return list[from] end
  for place = from, to or 0 do
    if type(list[place]) == "number" then
      if texts == list then texts = { unpack(list) } end
      texts[place] = number_text(list[place])
    end
  end
  return concat(texts, separator, first, last)
end

-- Before the first place nothing moves; Lua 5.1 would move what isn't there, two thousand million places of it.
local function inserted(...)
  local list, place, value = ...
  if select("#", ...) == 3 and type(list) == "table" and type(place) == "number" and place < 1 then
    rawset(list, place, value)
  else
    insert(...)
  end
end

-- A proxy without a finalizer: Argo CD's has none, and ours would run where no limit holds.
local function proxy(...)
  local made = newproxy(...)
  local meta = get_metatable(made)
  if meta and not get_metatable(meta) then
    local function set(_, key, value)
      if key ~= "__gc" then rawset(meta, key, value) end
    end
    set_metatable(meta, { __metatable = false, __newindex = set })
  end
  return made
end

local function set_raw(...)
  if select(2, ...) == "__gc" then return (...) end
  return rawset(...)
end

-- For a `for` loop only.
local function matches(text, pattern)
  local each, loop = gmatch(text, pattern), newproxy()
  return function(given)
    if given ~= loop then error("bad argument #1 to ? (userdata expected, got " .. type(given) .. ")", 2) end
    return each()
  end, loop
end

local function nothing_for_nil(...)
  if ... ~= nil then return ... end
end

-- Text only: bytecode could do anything.
local function compile(text, name)
  if byte(text) == 27 then return nil, name .. ":1: Invalid token" end
  return loadstring(text, "=" .. name)
end

local function started(body)
  local thread = create(body)
  set_hook(thread, look, "", limits.look_every)
  return thread
end

local function passed_on(ok, ...)
  if ok then return ... end
  error((...), 0)
end

-- What a script finds --------------------------------------------------------------------------------

local function keep(library, names)
  local kept = {}
  for name in gmatch(names, "%S+") do kept[name] = library[name] end
  return kept
end

-- What a script can reach and change: the tables with what they hold, and the functions that have an environment.
local furniture, functions = {}, {}

local function remember(tables)
  for _, each in next, tables do
    furniture[each] = {}
    for name, value in next, each do
      furniture[each][name] = value
      if type(value) == "function" and get_info(value, "S").what ~= "C" then functions[#functions + 1] = value end
    end
  end
end

local function furnish()
  local safe_os, whole_os = keep(os, "time date"), keep(os, "clock date difftime time")
  local wide = { string = string, math = math, os = whole_os, coroutine = coroutine }
  for name in pairs(package.loaded) do package.loaded[name] = nil end
  package.preload = { os = function() return safe_os end }
  package.loaders = { package.loaders[1] } -- of the four, the one that looks into `preload`
  package.loadlib = function() error("loadlib is not supported", 2) end
  package.path, package.cpath = "", ""

  string.format, string.dump, string.__index = sprintf, nil, string
  string.gmatch, string.gfind = matches, matches
  math.huge = 1.7976931348623157e308
  string.match = function(...) return nothing_for_nil(match(...)) end
  coroutine.create = started
  coroutine.wrap = function(body)
    local thread = started(body)
    return function(...) return passed_on(resume(thread, ...)) end
  end
  debug.setmetatable("", open_libs and string or nil)

  local found = keep(_G, "_G _VERSION assert error getfenv getmetatable ipairs module newproxy next package pairs"
    .. " pcall rawequal rawget rawset require select setfenv setmetatable type unpack xpcall")
  found.table = keep(table, "getn insert maxn remove sort")
  found.table.concat, found.table.insert, found.newproxy, found.rawset = joined, inserted, proxy, set_raw
  package.loaded._G, package.loaded.table = _G, found.table
  found.tostring, found.tonumber = to_text, to_number
  found._GOPHER_LUA_VERSION, found._printregs, found.collectgarbage = "GopherLua 0.1", function() end, function() end
  found.dofile = function(name) error("open " .. to_text(name) .. ": no such file or directory", 0) end
  found.loadfile = function(name) return nil, "can not open file: " .. to_text(name) end
  found.loadstring = function(text, name) return compile(text, name or "<string>") end
  found.load = function(read, name)
    local pieces = {}
    for piece in read do
      if piece == "" then break end
      pieces[#pieces + 1] = piece
    end
    return compile(concat(pieces), name or "?")
  end
  found.print = function(...)
    local texts = {}
    for place = 1, select("#", ...) do texts[place] = to_text((select(place, ...))) end
    python.print(concat(texts, "\t"))
  end
  for name in pairs(_G) do globals[name] = nil end
  for name, value in pairs(found) do globals[name] = value end
  if open_libs then
    for name, value in pairs(wide) do globals[name] = value end
  end
  remember({ globals, package, package.loaded, package.preload, package.loaders, string, math, coroutine, found.table,
    safe_os, whole_os })
end

-- Answers --------------------------------------------------------------------------------------------

-- Why Go could not write this value as JSON; nil where it can.
local function unwritable(value, seen)
  local kind = type(value)
  if kind == "number" and (value ~= value or value == 1 / 0 or value == -1 / 0) then
    return "json: unsupported value: " .. number_text(value)
  end
  if kind ~= "table" then
    return kind ~= "number" and kind ~= "string" and kind ~= "boolean" and "cannot encode " .. kind .. " to JSON" or nil
  end
  if seen[value] then return "cannot encode recursively nested tables to JSON" end
  seen[value] = true
  local numbers, strings = 0, 0
  for key in next, value do
    if type(key) == "number" then numbers = numbers + 1 end
    if type(key) == "string" then strings = strings + 1 end
    if type(key) ~= "number" and type(key) ~= "string" or numbers * strings > 0 then
      return "cannot encode mixed or invalid key types"
    end
  end
  for key, item in next, value do
    if type(key) == "number" and (key < 1 or key > numbers or key ~= floor(key)) then
      return "cannot encode sparse array"
    end
    local problem = unwritable(item, seen)
    if problem then return problem end
  end
end

-- The kind of an answer, and its three texts. Go's JSON finds a field whatever the case of its key.
local function read(value)
  if value == nil then return "nil", "", "", "" end
  if type(value) ~= "table" then
    return "error", "", "expect table output from Lua script, not " .. type(value), ""
  end
  local problem = unwritable(value, {})
  if problem then return "error", "", "json: error calling MarshalJSON: " .. problem, "" end
  local keys, fields = {}, { status = "", message = "", deletionmessage = "" }
  for key in next, value do
    if type(key) == "number" then return "empty", "", "", "" end
    keys[#keys + 1] = key
  end
  if #keys == 0 then return "empty", "", "", "" end
  sort(keys)
  for _, key in next, keys do
    local name = lower(key)
    if fields[name] then
      if type(value[key]) ~= "string" then return "empty", "", "", "" end
      fields[name] = value[key]
    end
  end
  return "table", fields.status, fields.message, fields.deletionmessage
end

local function last(...)
  return (select(select("#", ...), ...))
end

local function called(script)
  return last(nil, script())
end

local answer = {}

-- The script, to be given to `run`; nil where it isn't Lua, and `in_hex` says why.
local function prepare(text)
  local script, problem = compile(text, "<string>")
  answer[1], answer[2], answer[3], answer[4] = "error", "", problem, ""
  return script
end

-- As a runtime is that no script has run in.
local function restore()
  set_env(0, globals)
  set_metatable("", open_libs and strings or nil)
  for each, kept in next, furniture do
    set_metatable(each, nil)
    for name in next, each do
      if kept[name] == nil then each[name] = nil end
    end
    for name, value in next, kept do each[name] = value end
  end
  for _, each in next, functions do set_env(each, globals) end
end

function run(script, object)
  if foreign then
    restore()
    set_env(script, globals)
  end
  globals.obj, globals.actionParams = object, {}
  instructions, stop, held = 0, python.now() + limits.seconds, kilobytes("count")
  depth = -1 -- the end of set_hook, the pcall and `called` make it 0
  python.tighten()
  set_hook(look, foreign and "cr" or "", limits.look_every)
  local ok, value = pcall(called, script)
  set_hook()
  if ok then
    ok, answer[1], answer[2], answer[3], answer[4] = pcall(read, value)
    value = answer[1]
  end
  if not ok then
    if type(value) == "table" then set_metatable(value, nil) end -- Argo CD doesn't ask it for its text, and no limit holds here
    answer[1], answer[2], answer[3], answer[4] = "error", "", value == nil and "nil" or to_text(value), ""
  end
  python.relax()
  return answer[1], answer[2], answer[3], answer[4]
end

-- The last answer's texts in hex, where they aren't UTF-8.
local function in_hex()
  local texts = {}
  for place = 1, 4 do
    texts[place] = gsub(answer[place], ".", function(one) return format("%02x", byte(one)) end)
  end
  return texts[1], texts[2], texts[3], texts[4]
end

furnish()
return prepare, run, in_hex
