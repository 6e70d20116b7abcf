-- The state of a shard: A, its record; T, the stamps of one tenant; I, the log of its invalidations.

-- history names the run of writes that this server is part of: a promoted replica begins a new one, and so does a restart. Empty where the server
-- does not say.
local function history()
  local info = redis.pcall('INFO', 'replication')
  return type(info) == 'string' and string.match(info, 'master_replid:(%w+)') or ''
end

-- seq is the counter of the shard. A lost record is made again above every number that was given out before: the clock has gone on, and
-- the log, if it is still there, says how far the counter had come.
--
-- A server that did not make the record has been promoted, or has started from a dump: what it last heard may not be the last that was said, and
-- its clock hides that from the counter. It makes the record again, too.
local function shard(A, I, keep)
  local r = redis.call('HMGET', A, 'seq', 'floor', 'keep', 'server')
  local seq, floor, here = r[1], r[2], history()
  if not (seq and floor and r[4] == here) then
    seq = math.max(now(), (tonumber(seq) or 0) + 1)
    local last = redis.call('XREVRANGE', I, '+', '-', 'COUNT', 1)
    if last[1] then
      local id = tonumber(string.match(last[1][1], '^%d+'))
      if id >= seq then
        seq = id + 1
      end
    end
    redis.call('DEL', A)
    redis.call('HSET', A, 'seq', text(seq), 'floor', text(seq), 'server', here)
    floor = seq
  end
  keep = tonumber(keep)
  local longer = r[3] and tonumber(r[3]) > keep
  if longer then
    keep = tonumber(r[3])
  end
  -- First a write that takes no memory. A Redis that is full (maxmemory-policy noeviction) refuses those that do, unless the script has written:
  -- it stores no more entries, but what makes them stale comes through, on 6.2 as with the flag allow-oom of 7.0.
  redis.call('PEXPIRE', A, keep)
  if not longer then
    redis.call('HSET', A, 'keep', text(keep))
  end
  return tonumber(seq), tonumber(floor), keep
end

-- A tenant's table that is missing, for whatever reason, is made again with everything stamped: missing never means "never invalidated".
local function tenant(T, seq, keep)
  if redis.call('EXISTS', T) == 0 then
    redis.call('HSET', T, '', text(seq))
  end
  redis.call('PEXPIRE', T, keep)
end

-- Each leading run of segments of a path, itself included.
local function runs(path)
  local list, stop = {}, 0
  repeat
    stop = string.find(path, ':', stop + 1, true)
    list[#list + 1] = stop and string.sub(path, 1, stop - 1) or path
  until not stop
  return list
end

-- The versions of a prefix under which entries may live: version@when registered, separated by spaces.
local function versions(A, prefix, oldest)
  local live = {}
  local line = redis.call('HGET', A, 'v:' .. prefix)
  if line then
    for version, at in string.gmatch(line, '(%S+)@(%d+)') do
      if tonumber(at) >= oldest then
        live[#live + 1] = {version, at}
      end
    end
  end
  return live
end

-- A stamp as a table or a record holds it: the number, and while a fence is open or settling, "number;till;writers;settled". Writers are named,
-- "a,b", and not counted: a client may send the same command twice.
local function mark(value)
  local m = {stamp = 0, till = 0, writers = {}, settled = 0}
  if value then
    local stamp, till, writers, settled = string.match(value, '^(%d+);(%d+);([^;]*);(%d+)$')
    if stamp then
      m.stamp, m.till, m.settled = tonumber(stamp), tonumber(till), tonumber(settled)
      for writer in string.gmatch(writers, '[^,]+') do
        m.writers[#m.writers + 1] = writer
      end
    else
      m.stamp = tonumber(value) or 0
    end
  end
  return m
end

local function remove_writer(m, writer)
  for i = #m.writers, 1, -1 do
    if m.writers[i] == writer then
      table.remove(m.writers, i)
    end
  end
end

local function add_writer(m, writer)
  remove_writer(m, writer)
  m.writers[#m.writers + 1] = writer
end

local function fenced(m, at)
  return #m.writers > 0 and m.till > at or m.settled > at
end

local function print_mark(seq, m, at)
  if not fenced(m, at) then
    return text(seq)
  end
  return text(seq) .. ';' .. text(m.till) .. ';' .. table.concat(m.writers, ',') .. ';' .. text(m.settled)
end
