-- Stores a large value that was sent before, to a key of its own, if the claim of its load still stands.
-- KEYS: the entry, where the value is   ARGV: token, ttl in ms   returns: 1 stored, 0 refused
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then
  redis.call('UNLINK', KEYS[2])
  return 0
end
if redis.call('PEXPIRE', KEYS[2], ARGV[2]) == 0 then
  return 0 -- evicted, or waited too long
end
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
