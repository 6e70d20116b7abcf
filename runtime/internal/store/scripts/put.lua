-- What a put asks before it stamps its entry: whether anything that covers it, or that it hangs on, has been invalidated since the write began, or
-- is fenced. Then what it wrote may not be what is there any more.
--   since   seq before the write
--   fields  of T, and with a star of A, whose stamps concern the entry: of what covers it, its own, and of its tags
--   late    its claim was made after the write: an exact invalidation before that has left no stamp, and only the log tells
local function overtaken(A, T, I, seq, floor, name, since, fields, late)
  if floor > since or redis.call('HEXISTS', T, '') == 0 then
    return true
  end
  local concerns = {}
  for _, field in ipairs(fields) do
    concerns[string.sub(field, 1, 1) == '#' and 'e' .. string.sub(field, 2) or 's' .. field] = true
    for _, value in ipairs({redis.call('HGET', T, field), redis.call('HGET', A, '*' .. field)}) do
      if value and (string.find(value, ';', 1, true) or mark(value).stamp > since) then
        return true
      end
    end
  end
  if late then
    local lines = redis.pcall('XRANGE', I, text(since + 1), '+', 'COUNT', 1000)
    if lines.err then
      return true
    end
    local before = since
    for _, line in ipairs(lines) do
      local m = {}
      for i = 1, #line[2], 2 do
        m[line[2][i]] = line[2][i + 1]
      end
      if tonumber(m.p) ~= before then
        return true -- the log has a gap
      end
      before = tonumber(string.match(line[1], '^%d+'))
      if m.t == name or m.t == '*' then
        for word in string.gmatch(m.w or '', '%S+') do
          if concerns[word] then
            return true
          end
        end
      end
    end
    if before ~= seq then
      return true
    end
  end
  return false
end
