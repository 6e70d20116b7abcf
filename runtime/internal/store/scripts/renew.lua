-- Extends a claim that still stands. A claim that is gone stays gone: it may have been an invalidation that took it.
-- KEYS: the entry   ARGV: token, life in ms   returns: 1 extended, 0 gone
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then
  return 0
end
redis.call('SETRANGE', KEYS[1], 16, pack(now() + tonumber(ARGV[2]) * 1000))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
