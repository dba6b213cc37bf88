; `_` with fields and words in place of a kind of node compiles faster: see swift/guards.scm.

; What a function promises its callers. `throws` names no error, and the compiler
; asks callers for a `try`.
(_ "func" [(optional_type) (user_type) (array_type) (dictionary_type) (tuple_type)] @returns)
(_ "func" "async" @async body: (_))
(visibility_modifier) @visibility
(lambda_literal) @closure
