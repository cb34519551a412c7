-- kubectl-pko-argo health check, version 1
--
-- Health of an Update (auto.pulumi.com/v1alpha1): the result of its run, Progressing until there is one.
-- Its message is the whole output of a failed run, so it is never shown; the link leads to it.
--
-- Written for Argo CD's Lua VM without open libraries: no string, math or os, no string methods.
-- Whatever the object looks like, there is an answer: nothing is trusted to have the type it should have.

local LONGEST_TEXT = 512

local function as_table(value)
  if type(value) == "table" then return value end
  return {}
end

local function as_string(value)
  if type(value) == "string" and #value <= LONGEST_TEXT then return value end
  return ""
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
  local metadata, spec, status = as_table(obj.metadata), as_table(obj.spec), as_table(obj.status)

  local failed, complete, reason = false, false, ""
  for _, candidate in ipairs(as_table(status.conditions)) do
    local condition = as_table(candidate)
    if condition.type == "Complete" and condition.status == "True" then complete = true end
    if condition.type == "Failed" and condition.status == "True" then
      failed = true
      if as_string(condition.reason) > reason then reason = condition.reason end
    end
  end
  local operation = as_string(spec.type)
  if operation == "" then operation = "update" end

  if metadata.deletionTimestamp ~= nil then
    local message = being_deleted(metadata)
    return { status = "Progressing", message = message, deletionMessage = message }
  end
  if status.observedGeneration ~= metadata.generation then
    return { status = "Progressing", message = "the operator has not seen this update yet" }
  end
  if failed then
    local message = operation .. " failed"
    if reason ~= "" then message = message .. " (" .. reason .. ")" end
    local permalink = as_string(status.permalink)
    if permalink ~= "" then message = message .. ", see " .. permalink end
    return { status = "Degraded", message = message }
  end
  if complete then
    return { status = "Healthy", message = operation .. " succeeded" }
  end
  return { status = "Progressing", message = operation .. " is running, or waits for its workspace" }
end

local understood, answer = pcall(judge)
return understood and answer or { status = "Progressing", message = "this update's status can't be understood" }
