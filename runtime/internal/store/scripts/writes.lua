-- The claim of a write that will put what it wrote. It has this number where a load's has its stamp.
local WRITE = 1

local function held_by_write(e, at, life)
  return stands(e, at, life) and unpack_at(e, 9) == WRITE
end
