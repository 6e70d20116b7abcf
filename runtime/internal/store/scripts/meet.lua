-- Meets a server: a record that another has made is made anew, and what was stored before is stale. So it is if the record has forgotten that the
-- server was met: it is from a dump, or another server gives the same name, or none.
-- KEYS: A T I   ARGV: keep in ms, the last meeting that the process knows of, 0 for none
-- returns: seq, the meeting, 1 if there was a record and it has been made anew
local A, I = KEYS[1], KEYS[3]
local known, at, here = tonumber(ARGV[2]), now(), history()
own(A)
local r = redis.call('HMGET', A, 'seq', 'floor', 'server', 'met')
local floor = counted(r[2], at)
local last = counted(string.match(r[4] or '', '^%d+'), at) or 0
local forgotten = last < known and (floor or known) < known
if counted(r[1], at) and floor and r[3] == here and not forgotten then
  -- It may refuse to write that down, for want of replicas or of a disk. What it holds is as good as before.
  local _, refused = met(A, math.max(at, last, known), here)
  if refused and not string.find(refused, 'READONLY', 1, true) then
    return {r[1], r[4] or '', '0'}
  end
elseif forgotten then
  redis.call('HDEL', A, 'floor')
end
local seq, made = shard(A, I, ARGV[1])
local noted = met(A, math.max(at, last, known), here)
return {text(seq), noted, r[2] and r[2] ~= text(made) and '1' or '0'}
