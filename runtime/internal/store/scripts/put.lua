-- What a put asks before it stamps its entries: whether anything that covers one, or that it hangs on, has been invalidated since the write began, or
-- is fenced. Then what it wrote may not be what is there any more. The function that is returned says so of one entry.
--   since   seq before the write
--   fields  of T, and with a star of A, whose stamps concern the entry: of what covers it, its own, and of its tags
--   late    its claim was made after the write: an exact invalidation before that has left no stamp, and only the log tells
local function overtaken_since(A, T, I, seq, floor, name, since)
  if floor > since or redis.call('HEXISTS', T, '') == 0 then
    return function() return true end
  end
  local known, logged = {}, nil
  local function newer(field)
    if known[field] == nil then
      known[field] = false
      for _, value in ipairs({redis.call('HGET', T, field), redis.call('HGET', A, '*' .. field)}) do
        if value and (string.find(value, ';', 1, true) or mark(value).stamp > since) then
          known[field] = true
        end
      end
    end
    return known[field]
  end
  local function words() -- of the log since then; false: it lacks some
    local lines, found = redis.pcall('XRANGE', I, text(since + 1), '+', 'COUNT', 1000), {}
    if lines.err then
      return false
    end
    local before = since
    for _, line in ipairs(lines) do
      local m = {}
      for i = 1, #line[2], 2 do
        m[line[2][i]] = line[2][i + 1]
      end
      if tonumber(m.p) ~= before then
        return false -- the log has a gap
      end
      before = tonumber(string.match(line[1], '^%d+'))
      if m.t == name or m.t == '*' then
        for word in string.gmatch(m.w or '', '%S+') do
          found[word] = true
        end
      end
    end
    return before == seq and found
  end
  return function(fields, late)
    if late and logged == nil then
      logged = words()
    end
    if late and not logged then
      return true
    end
    for _, field in ipairs(fields) do
      if newer(field) or late and logged[string.sub(field, 1, 1) == '#' and 'e' .. string.sub(field, 2) or 's' .. field] then
        return true
      end
    end
    return false
  end
end
