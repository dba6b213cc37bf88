; What a function promises its callers.
(function_item (function_modifiers "async" @async))
(function_item return_type: (_) @returns)
(function_signature_item return_type: (_) @returns)
(visibility_modifier) @visibility
((macro_invocation macro: (identifier) @raises)
  (#any-of? @raises "panic" "todo" "unimplemented" "unreachable"))
((return_expression (identifier) @nothing)
  (#eq? @nothing "None"))
((block (identifier) @nothing .)
  (#eq? @nothing "None"))
[(closure_expression) (async_block)] @closure
(self_parameter) @receiver
