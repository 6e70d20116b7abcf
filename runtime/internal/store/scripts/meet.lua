-- Meets a server: compares it with the one that made the record. A record that has forgotten that the server was met is from a dump, or another
-- server gives the same name, or none.
-- KEYS: A, so that it is never in two nodes while a slot moves
-- ARGV: the last meeting that the process knows of, 0 for none
-- returns: the meeting; "made" if the record is of this server, "none" if there is no record, or "other": it has to be made anew; and with "made"
-- for how long it settles then
local A = KEYS[1]
local known, at, here = tonumber(ARGV[1]), now(), history()
own(A)
local r = redis.call('HMGET', A, 'seq', 'floor', 'server', 'met', 'epoch', 'holds')
local floor = counted(r[2], at)
local last = counted(string.match(r[4] or '', '^%d+'), at) or 0
if not r[1] then
  return {'', 'none'}
end
if not (counted(r[1], at) and floor and epoch_of(r[5]) and r[3] == here) then
  return {'', 'other'}
end
if last < known and floor < known then
  redis.call('HDEL', A, 'floor')
  return {'', 'other'}
end
-- It may refuse to write that down, for want of replicas or of a disk. What it holds is as good as before.
local noted, refused = met(A, math.max(at, last, known), here)
if refused then
  if string.find(refused, 'READONLY', 1, true) then
    return redis.error_reply(refused)
  end
  noted = r[4] or ''
end
return {noted, 'made', r[6] or '0'}
