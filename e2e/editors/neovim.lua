-- Neovim's own client, as a person would use it: a diagnostic appears, its fix is applied, completion and rename work.
-- The server is the program that SEQCHECK names; the file is the argument.

local function fail(what)
  io.stderr:write("neovim: " .. what .. "\n")
  vim.cmd("cquit 1")
end

-- A wait for a condition, with its name: what does not come in time fails.
local function await(name, condition)
  if not vim.wait(30000, condition, 20) then
    fail("no " .. name .. " in time")
  end
end

local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local function expect(name, text)
  if not lines():find(text, 1, true) then
    fail(name .. ": the text is\n" .. lines())
  end
  print("neovim: " .. name)
end

local ok, why = pcall(function()
  local id = vim.lsp.start_client({
    name = "seqcheck",
    cmd = { os.getenv("SEQCHECK"), "lsp" },
    root_dir = vim.fn.getcwd(),
    -- Each change is sent as it is made.
    flags = { debounce_text_changes = 0 },
  })
  vim.lsp.buf_attach_client(0, id)
  local client = vim.lsp.get_client_by_id(id)

  local function told(text)
    for _, one in ipairs(vim.diagnostic.get(0)) do
      if one.message:find(text, 1, true) then
        return one
      end
    end
  end
  local function ask(method, params)
    local answer = client.request_sync(method, params, 30000, 0)
    if not answer or answer.err then
      fail(method .. ": " .. vim.inspect(answer))
    end
    return answer.result
  end
  local function at(text)
    for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
      local column = line:find(text, 1, true)
      if column then
        vim.api.nvim_win_set_cursor(0, { number, column - 1 })
        return
      end
    end
    fail("nowhere: " .. text)
  end

  await("diagnostic", function() return told("en dash") end)
  print("neovim: a diagnostic appears")

  at("–")
  local params = vim.lsp.util.make_range_params()
  params.context = { diagnostics = vim.lsp.diagnostic.get_line_diagnostics() }
  local fix
  for _, action in ipairs(ask("textDocument/codeAction", params)) do
    fix = fix or (action.kind == "quickfix" and action)
  end
  vim.lsp.util.apply_workspace_edit(fix.edit, client.offset_encoding)
  expect("its fix is applied", "Alice->Server: 😀 WS connect")
  await("end of the diagnostic", function() return not told("en dash") end)

  vim.api.nvim_buf_set_lines(0, -1, -1, false, { "Alice->Server: jo" })
  vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(0), 17 })
  local found = ask("textDocument/completion", vim.lsp.util.make_position_params())
  local offered
  for _, item in ipairs(found.items) do
    offered = offered or (item.label == "join room:{room}" and item)
  end
  if not offered then
    fail("completion: no label among " .. #found.items)
  end
  vim.lsp.util.apply_text_edits({ offered.textEdit }, 0, client.offset_encoding)
  expect("completion works", "Alice->Server: join room:{room}")

  at("Alice->Server")
  local renamed = vim.lsp.util.make_position_params()
  renamed.newName = "Zoë"
  vim.lsp.util.apply_workspace_edit(ask("textDocument/rename", renamed), client.offset_encoding)
  expect("rename works", "Zoë->Server: join room:{room}")
  if lines():find("Alice", 1, true) then
    fail("rename: the text is\n" .. lines())
  end

  client.stop()
  await("end of the server", function() return client.is_stopped() end)
end)
if not ok then
  fail(tostring(why))
end
vim.cmd("qall!")
