; What a function promises its callers. `throws` names no error, and the compiler
; asks callers for a `try`.
(function_declaration [(optional_type) (user_type) (array_type) (dictionary_type) (tuple_type)] @returns)
(protocol_function_declaration [(optional_type) (user_type) (array_type) (dictionary_type) (tuple_type)] @returns)
(function_declaration "async" @async)
(visibility_modifier) @visibility
(lambda_literal) @closure
