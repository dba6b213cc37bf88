; What a function promises its callers.
(function_declaration [(optional_type) (user_type) (array_type) (dictionary_type) (tuple_type)] @returns)
(protocol_function_declaration [(optional_type) (user_type) (array_type) (dictionary_type) (tuple_type)] @returns)
(function_declaration "async" @async)
(throws) @raises
(visibility_modifier) @visibility
