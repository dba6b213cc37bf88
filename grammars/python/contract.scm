; What a function promises its callers.
(function_definition "async" @async)
(function_definition return_type: (type) @returns)
(raise_statement
  . [
    (identifier) @raises
    (attribute attribute: (identifier) @raises)
    (call function: (identifier) @raises)
    (call function: (attribute attribute: (identifier) @raises))
  ])
(return_statement (none)) @nothing
((return_statement) @nothing (#eq? @nothing "return"))
