; What a function promises its callers.
(function_declaration "async" @async)
(method_definition "async" @async)
(arrow_function "async" @async)
(throw_statement
  (new_expression
    constructor: [
      (identifier) @raises
      (member_expression property: (property_identifier) @raises)
    ]))
(return_statement [(null) (undefined)]) @nothing
((return_statement) @nothing (#match? @nothing "^return;?$"))
(export_statement "export" @visibility)
[(arrow_function) (function_expression) (generator_function)] @closure
