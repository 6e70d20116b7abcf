-- Stores a loaded value if the claim of its load still stands.
-- KEYS: the entry   ARGV: token, value, ttl in ms   returns: 1 stored, 0 refused
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
