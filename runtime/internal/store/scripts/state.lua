-- The state of a shard: A, its record; T, the stamps of one tenant; I, the log of its invalidations.

-- history names the run of writes that this server is part of: a promoted replica begins a new one, and so does a restart. Empty where the server
-- does not say.
local function history()
  local info = redis.pcall('INFO', 'replication')
  return type(info) == 'string' and string.match(info, 'master_replid:(%w+)') or ''
end

-- Whether a command failed because a key that is ours holds something else.
local function foreign(reply)
  return type(reply) == 'table' and reply.err and string.find(reply.err, 'WRONGTYPE', 1, true)
end

-- Removes what stands under the key of a record or of a table and is none.
local function own(hash)
  if foreign(redis.pcall('HEXISTS', hash, '')) then
    redis.call('DEL', hash)
  end
end

-- A number of the counter, or nil for what is none: other text, and what the clock will not have come to in two years. Nobody could count on from
-- there.
local function counted(value, at)
  local n = string.match(value or '', '^%d+$') and tonumber(value)
  return n and n <= at + 63072000000000 and n or nil
end

-- The newest number in the log, 0 if it is empty, and its message. A log that is not ours, or that holds what is no number, goes: what it says is
-- a gap to those who follow.
local function newest(I, at)
  local last = redis.pcall('XREVRANGE', I, '+', '-', 'COUNT', 1)
  if foreign(last) or last[1] and not counted(string.match(last[1][1], '^%d+'), at) then
    redis.call('DEL', I)
    return 0
  end
  return last[1] and tonumber(string.match(last[1][1], '^%d+')) or 0, last[1]
end

-- A log holds so many bytes, and for so long, in microseconds: followers that are further behind give up their copies. Both are looked at each time
-- that a part of the bytes has come.
local LOG_BYTES, LOG_AGE, LOG_PART = 4194304, 600000000, 65536
local MESSAGE_BYTES = 100 -- of a message beside its words

-- How many bytes had been logged with a message, ever since the log began.
local function logged(message)
  for i = 1, message and #message[2] or 0, 2 do
    if message[2][i] == 'b' then
      return tonumber(string.match(message[2][i + 1], '^%d+$') or 0)
    end
  end
  return 0
end

local function shorten(I, bytes, seq)
  redis.call('XTRIM', I, 'MINID', '~', text(math.max(seq - LOG_AGE, 0)))
  local first = redis.call('XRANGE', I, '-', '+', 'COUNT', 1)[1]
  while first and bytes - logged(first) > LOG_BYTES do
    local half = math.floor(redis.call('XLEN', I) / 2)
    if half == 0 then
      return
    end
    redis.call('XTRIM', I, 'MAXLEN', half)
    first = redis.call('XRANGE', I, '-', '+', 'COUNT', 1)[1]
  end
end

-- Appends to the log. One that cannot be counted on from here goes: what it said is a gap to those who follow.
local function announce(I, seq, before, tenant, words)
  local last, message = newest(I, now())
  if last >= seq then
    redis.call('DEL', I)
    message = nil
  end
  local bytes_before = logged(message)
  local bytes = bytes_before + #words + #tenant + MESSAGE_BYTES
  redis.call('XADD', I, text(seq) .. '-0', 'p', text(before), 't', tenant, 'w', words, 'b', text(bytes))
  if math.floor(bytes / LOG_PART) ~= math.floor(bytes_before / LOG_PART) then
    shorten(I, bytes, seq)
  end
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

-- Makes a record anew. What is fenced or settling says what is being written, and not what was: those fields stay.
-- returns: whether there are any
local function anew(hash, at, ...)
  local standing, cursor = {}, '0'
  repeat
    local reply = redis.call('HSCAN', hash, cursor, 'COUNT', 1000)
    cursor = reply[1]
    for i = 1, #reply[2], 2 do
      local value = reply[2][i + 1]
      if string.find(value, ';', 1, true) and fenced(mark(value), at) then
        standing[reply[2][i]] = value
      end
    end
  until cursor == '0'
  redis.call('DEL', hash)
  redis.call('HSET', hash, ...)
  for field, value in pairs(standing) do
    redis.call('HSET', hash, field, value)
  end
  return next(standing) ~= nil
end

-- Notes in the record that this server has been met: that somebody has compared it with the one that made the record. Replicas do not hear of
-- that, so one that takes over shows that nobody has met it, and so does a server that starts from a dump.
-- returns: what is noted, and why it could not be
local function met(A, number, here)
  local value = text(number) .. '-' .. string.sub(here, 1, 16)
  redis.set_repl(redis.REPL_NONE)
  local noted = redis.pcall('HSET', A, 'met', value)
  redis.set_repl(redis.REPL_ALL)
  return value, type(noted) == 'table' and noted.err
end

-- The epoch in a record, or nil for what is none.
local function epoch_of(value)
  return string.match(value or '', '^%x%x%x%x%x%x%x%x$')
end

-- What was lost with a record, or with a table, may have been a fence or a settling mark. What is made anew settles, for all that it covers, until
-- each writer that is alive has had the time to put its fence back, and for as long as the longest settle.
local MOST_HELD = 3600000 -- in ms

local function settle_all(A, R, at)
  if R.holds > 0 then
    local m = mark(redis.call('HGET', A, '*'))
    m.settled = math.max(m.settled, at + R.holds * 1000)
    R.busy = math.max(R.busy, m.settled)
    redis.call('HSET', A, '*', print_mark(R.seq, m, at), 'every', '1', 'holds', text(R.holds), 'busy', text(R.busy))
  end
end

-- seq is the counter of the shard. A lost record is made again above every number that was given out before: the clock has gone on, and
-- the log, if it is still there, says how far the counter had come.
--
-- A server that did not make the record has been promoted, or has started from a dump: what it last heard may not be the last that was said, and
-- its clock hides that from the counter. It makes the record again, too.
--
-- A clock that was set back may give out numbers again that entries have. A record that is made has an epoch of its own, and what says another one
-- counts for nothing.
--
-- wanted: for how long the state has to be kept, in ms; an epoch, for a record that is made here; and for how long it settles then, in ms
-- returns: seq; floor; epoch; keep, for how long it is kept; holds, for how long what is made anew settles, in ms; busy, until when a fence or a
-- settling mark may stand; moved, when a record of another server was made anew here, or 0
local function shard(A, I, wanted)
  own(A)
  local r = redis.call('HMGET', A, 'seq', 'floor', 'keep', 'server', 'epoch', 'holds', 'busy', 'moved')
  local at, here = now(), history()
  local R = {seq = counted(r[1], at), floor = counted(r[2], at), epoch = epoch_of(r[5]), busy = counted(r[7], at) or 0, moved = counted(r[8], at) or 0}
  local keep, fresh, holds = string.match(wanted, '^(%d+) (%x+) (%d+)$')
  R.holds = math.min(math.max(counted(r[6], at) or 0, tonumber(holds)), MOST_HELD)
  if not (R.seq and R.floor and R.epoch and r[4] == here) then
    R.seq = math.max(at, (R.seq or 0) + 1, newest(I, at) + 1)
    R.floor, R.epoch = R.seq, fresh
    if anew(A, at, 'seq', text(R.seq), 'floor', text(R.seq), 'epoch', fresh, 'server', here) then
      redis.call('HSET', A, 'every', '1')
    end
    settle_all(A, R, at)
    R.moved = r[4] and r[4] ~= here and at or 0
    if R.moved > 0 then
      redis.call('HSET', A, 'moved', text(at))
    end
    met(A, at, here)
  end
  keep = tonumber(keep)
  local kept = string.match(r[3] or '', '^%d+$') and tonumber(r[3])
  local longer = kept and kept > keep and kept < 4e12 -- 126 years, more than anything lives
  if longer then
    keep = kept
  end
  -- First a write that takes no memory. A Redis that is full (maxmemory-policy noeviction) refuses those that do, unless the script has written:
  -- it stores no more entries, but what makes them stale comes through, on 6.2 as with the flag allow-oom of 7.0.
  redis.call('PEXPIRE', A, keep)
  if not longer then
    redis.call('HSET', A, 'keep', text(keep))
  end
  R.keep = keep
  return R
end

-- When sentinels promote a replica because they are told to, the old primary goes on as one, for those who have not heard yet: some tenths of a
-- second. An invalidation here is news to them, so its write returns when they have left.
-- returns: in how many ms that is
local LEAVING = 200
local function left_in(R, at)
  return math.max(0, math.min(LEAVING, LEAVING - math.floor((at - R.moved) / 1000)))
end

-- Notes that a fence or a settling mark stands, and for how long what is made anew has to settle on its account: both in microseconds.
local function held(A, R, till, on_account)
  R.holds, R.busy = math.min(math.max(R.holds, math.ceil(on_account / 1000)), MOST_HELD), math.max(R.busy, till)
  redis.call('HSET', A, 'holds', text(R.holds), 'busy', text(R.busy))
end

-- A writer renews its fence each third of the time that it stands. After half of it, each that is alive has done so.
local function renewed_within(hold)
  return hold / 2
end

-- A tenant's table that is missing, for whatever reason, is made again with everything stamped: missing never means "never invalidated".
local function tenant(T, R)
  own(T)
  if redis.call('HEXISTS', T, '') == 0 then
    local m, at = mark(), now()
    if R.busy > at then
      m.settled = math.min(R.busy, at + R.holds * 1000)
    end
    redis.call('HSET', T, '', print_mark(R.seq, m, at))
  end
  redis.call('PEXPIRE', T, R.keep)
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
