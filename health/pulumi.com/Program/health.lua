-- kubectl-pko-argo health check, version 1
--
-- Health of a Pulumi Program (pulumi.com/v1): Healthy once the operator has packed it for its Stacks.
-- A Program has no conditions; a wrong one fails in the Stacks that use it, so it is never Degraded.
--
-- Written for Argo CD's Lua VM without open libraries: no string, math or os, no string methods.
-- Whatever the object looks like, there is an answer: nothing is trusted to have the type it should have.

local LONGEST_TEXT = 512

local function as_table(value)
  if type(value) == "table" then return value end
  return {}
end

local function being_deleted(metadata)
  local finalizers = ""
  for _, finalizer in ipairs(as_table(metadata.finalizers)) do
    if type(finalizer) == "string" and #finalizers + #finalizer < LONGEST_TEXT then
      if finalizers ~= "" then finalizers = finalizers .. ", " end
      finalizers = finalizers .. finalizer
    end
  end
  if finalizers == "" then return "being deleted" end
  return "being deleted, waits for finalizers: " .. finalizers
end

-- The first row that fits decides.
local function judge()
  local metadata, status = as_table(obj.metadata), as_table(obj.status)
  local artifact = as_table(status.artifact)

  if metadata.deletionTimestamp ~= nil then
    local message = being_deleted(metadata)
    return { status = "Progressing", message = message, deletionMessage = message }
  end
  if status.observedGeneration ~= metadata.generation then
    return { status = "Progressing", message = "the operator has not seen this program yet" }
  end
  if type(artifact.url) == "string" and artifact.url ~= "" then
    return { status = "Healthy", message = "the program is ready for its stacks" }
  end
  return { status = "Progressing", message = "waiting for the operator to pack the program" }
end

local understood, answer = pcall(judge)
return understood and answer or { status = "Progressing", message = "this program's status can't be understood" }
