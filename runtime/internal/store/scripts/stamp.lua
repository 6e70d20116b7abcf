-- Stamps an invalidation of one tenant, or of all with tenant "*".
-- KEYS: A T I, then entries that are removed before
-- ARGV: wanted (see shard), tenant, mode, hold in ms, the writer whose fence it is, then kind ("s" scope, "e" entry) and path in turn
--   stamp  what is stored is stale; with hold, nothing is stored for that long
--   mark   the same, where entries are on other servers than their stamps
--   open   and nothing may be stored until every writer has closed, or the hold has passed
--   close  the writer is done
--   put    entries are about to be stored anew, but for those whose write something has overtaken, which are left out. The writer is the seq before
--          the write and the epoch of its record. After each entry, kind "c" is a field that concerns it, "l" that its claim was made late, and "m"
--          that it is on another server than its stamp
-- returns: seq, the seq before it, the epoch, in how many ms others have left the server that had the record before, of a put for each entry "1" if
--          it was stamped or "0", then prefix and version in turn for each live version that one of the entries can be stored under. If no entry of a
--          put is stamped, seq is the one before it.
local A, T, I = KEYS[1], KEYS[2], KEYS[3]
local R = shard(A, I, ARGV[1])
local before, keep, epoch = R.seq, R.keep, R.epoch
own(T)
local everyone, mode, hold = ARGV[2] == '*', ARGV[3], tonumber(ARGV[4]) * 1000
local at = now()
for i = 4, #KEYS do
  redis.call('UNLINK', KEYS[i])
end
-- What is stamped: kind and path in turn.
local named, stamped = {}, ''
if mode == 'put' then
  local entries = {}
  mode = 'stamp'
  for i = 6, #ARGV, 2 do
    local kind, word = ARGV[i], ARGV[i + 1]
    local last = entries[#entries]
    if kind == 'e' then
      entries[#entries + 1] = {path = word, fields = {}}
    elseif kind == 'c' then
      last.fields[#last.fields + 1] = word
    elseif kind == 'l' then
      last.late = true
    elseif kind == 'm' then
      mode = 'mark'
    end
  end
  local since, noted = string.match(ARGV[5], '^(%d+) (%x+)$')
  local lost = noted ~= epoch
  local overtaken = overtaken_since(A, T, I, before, R.floor, ARGV[2], tonumber(since))
  for _, e in ipairs(entries) do
    if lost or overtaken(e.fields, e.late) then
      stamped = stamped .. '0'
    else
      stamped = stamped .. '1'
      named[#named + 1] = 'e'
      named[#named + 1] = e.path
    end
  end
  if #named == 0 then
    return {text(before), text(before), epoch, '0', stamped}
  end
else
  for i = 6, #ARGV do
    named[#named + 1] = ARGV[i]
  end
end
local seq = math.max(before + 1, at)
redis.call('HSET', A, 'seq', text(seq))
R.seq = seq
if everyone then
  redis.call('HSET', A, 'every', '1')
end

-- The versions under which entries of a prefix may live, and whether tags point into it.
local known = {}
local function look(prefix)
  if not known[prefix] then
    local live = {}
    for _, v in ipairs(versions(A, prefix, at - keep * 1000)) do
      if v[1] == '~' then
        live.tagged = true
      else
        live[#live + 1] = v
      end
    end
    known[prefix] = live
  end
  return known[prefix]
end

local table_touched, written = false, 0
local function stamp(kind, path, tagged)
  local hash, field = T, path
  if kind == 'e' then
    field = '#' .. path
  end
  if everyone then
    hash, field = A, '*' .. field
  end
  local old = redis.call('HGET', hash, field)
  if kind == 'e' and not everyone and mode == 'stamp' and hold == 0 and not old and not tagged then
    return -- the entry is deleted: nothing is left that a stamp could make stale. On another server, a failover could bring it back.
  end
  local m = mark(old)
  if mode == 'open' then
    if m.till <= at then
      m.writers = {}
    end
    add_writer(m, ARGV[5])
    m.till = math.max(m.till, at + hold)
  elseif mode == 'close' then
    remove_writer(m, ARGV[5])
  end
  if mode ~= 'open' and hold > 0 then
    m.settled = math.max(m.settled, at + hold)
  end
  table_touched = table_touched or hash == T
  written = written + 1
  redis.call('HSET', hash, field, print_mark(seq, m, at))
end

local words = {}
local reply = {text(seq), text(before), epoch, text(left_in(R, at)), stamped}
local told = {}
for i = 1, #named, 2 do
  local kind, path = named[i], named[i + 1]
  words[#words + 1] = kind .. path
  local tagged = false
  -- The path does not say where its prefix ends: every leading run of segments may be one.
  for _, prefix in ipairs(runs(path)) do
    local live = look(prefix)
    tagged = tagged or live.tagged
    if prefix ~= path and (live.tagged or hold > 0 or mode == 'open' or mode == 'close') then
      stamp('e', prefix .. ':*', true) -- for what hangs on everything under the prefix
    end
    if kind == 'e' and not everyone and not told[prefix] then
      told[prefix] = true
      for _, v in ipairs(live) do
        reply[#reply + 1] = prefix
        reply[#reply + 1] = v[1]
      end
    end
  end
  stamp(kind, path, tagged)
end

-- Fields older than the longest life of an entry say nothing any more. A few are looked at each time, as Redis does with expired keys. One that is
-- full loses as many as it has got: of some, the oldest. What that said goes into the field of the whole, so it makes stale what was stored before.
local function shed(hash, whole, most)
  for _ = 0, written do
    local full, oldest, stamp = redis.call('HLEN', hash) > most, nil, nil
    for _, field in ipairs(redis.call('HRANDFIELD', hash, full and 16 or 3)) do
      if field ~= whole and string.sub(field, 1, #whole) == whole then
        local m = mark(redis.call('HGET', hash, field))
        if m.stamp < at - keep * 1000 and not fenced(m, at) then
          redis.call('HDEL', hash, field)
        elseif not fenced(m, at) and (not stamp or m.stamp < stamp) then
          oldest, stamp = field, m.stamp
        end
      end
    end
    if not full then
      return
    end
    if oldest then
      local m = mark(redis.call('HGET', hash, whole))
      redis.call('HSET', hash, whole, print_mark(math.max(m.stamp, stamp), m, at))
      redis.call('HDEL', hash, oldest)
    end
  end
end

if table_touched then
  tenant(T, R)
  shed(T, '', 1000000)
end
if everyone then
  shed(A, '*', 100000)
end
if hold > 0 then
  held(A, R, at + hold, mode == 'open' and renewed_within(hold) or hold)
end
announce(I, seq, before, ARGV[2], table.concat(words, ' '))
redis.call('PEXPIRE', I, keep)
return reply
