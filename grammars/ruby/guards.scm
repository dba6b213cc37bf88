; Where a comparison is a check.
(if condition: (_) @condition) @owner
(unless condition: (_) @condition) @owner
(elsif condition: (_) @condition) @owner
(if_modifier condition: (_) @condition) @owner
(unless_modifier condition: (_) @condition) @owner
(while condition: (_) @condition) @owner
(until condition: (_) @condition) @owner
(conditional condition: (_) @condition) @owner
(binary left: (_) @condition operator: ["&&" "and"]) @owner

; nil and truth.
((call receiver: (_) @subject method: (identifier) @name) @guard.null_check
  (#any-of? @name "nil?" "present?" "blank?")
  (#set! in condition))
((binary left: (_) @subject operator: ["==" "!="] right: (nil)) @guard.null_check
  (#set! in condition))
((unary operator: ["!" "not"] operand: [(identifier) (instance_variable) (call)] @subject)
  @guard.null_check
  (#set! in condition))
((if condition: [(identifier) (instance_variable)] @subject @guard.null_check)
  (#set! in condition))
((unless condition: [(identifier) (instance_variable)] @subject @guard.null_check)
  (#set! in condition))
((if_modifier condition: [(identifier) (instance_variable)] @subject @guard.null_check)
  (#set! in condition))
((unless_modifier condition: [(identifier) (instance_variable)] @subject @guard.null_check)
  (#set! in condition))
((conditional condition: [(identifier) (instance_variable)] @subject @guard.null_check)
  (#set! in condition))
((binary
  left: [(identifier) (instance_variable)] @subject @guard.null_check
  operator: ["&&" "and"])
  (#set! in condition))

; Order and size.
((binary left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((call receiver: (_) @subject method: (identifier) @name) @guard.bounds_check
  (#any-of? @name "between?" "cover?")
  (#set! in condition))

; Zero and emptiness.
((binary
  left: (_) @subject
  operator: ["==" "!=" "<" "<=" ">" ">="]
  right: (integer) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((call receiver: (_) @subject method: (identifier) @name) @guard.zero_check
  (#any-of? @name "zero?" "positive?" "empty?" "any?" "none?" "nonzero?" "blank?" "present?")
  (#set! in condition))

; Keys, members, types.
((call receiver: (_) @subject method: (identifier) @name) @guard.key_check
  (#any-of? @name "key?" "has_key?" "include?" "member?" "exists?")
  (#set! in condition))
((call receiver: (_) @subject method: (identifier) @name) @guard.type_check
  (#any-of? @name "is_a?" "kind_of?" "instance_of?" "respond_to?")
  (#set! in condition))

; Failures.
(begin (rescue exceptions: (_) @subject)) @guard.try
(begin (rescue !exceptions)) @guard.try
(body_statement (rescue exceptions: (_) @subject)) @guard.try
(body_statement (rescue !exceptions)) @guard.try
(rescue_modifier body: (_) @subject) @guard.try
(begin (ensure)) @guard.close
(body_statement (ensure)) @guard.close

; Locks, transactions, resources.
((call receiver: (_) @subject method: (identifier) @name) @guard.lock
  (#any-of? @name "synchronize" "with_lock" "lock" "lock!"))
((call method: (identifier) @subject block: (_)) @guard.transaction
  (#eq? @subject "transaction"))
((call receiver: (_) @subject method: (identifier) @name) @guard.close
  (#any-of? @name "close" "close!"))
((call receiver: (_) @subject method: (identifier) @name block: (_)) @guard.close
  (#eq? @name "open"))

; Who may do this.
((call
  !receiver
  method: (identifier) @hook
  arguments: (argument_list . (simple_symbol) @subject)) @guard.auth
  (#any-of? @hook "before_action" "before_filter" "prepend_before_action")
  (#match? @subject "(?i)auth|login|logged_in|admin|permission|role|access|verify"))
([
  (call method: (identifier) @name)
  (identifier) @name
] @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|assert)_\\w*(auth|authenticated|authorized|login|logged_in|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner|user)\\w*[?!]?$|^authori[sz]e!?$|^authenticate!?$"))
((call method: (identifier) @name) @guard.auth @subject
  (#match? @name "^(admin|can|cannot|authorized|logged_in|signed_in|user_signed_in)\\?$")
  (#set! in condition))

; A value in place of a missing one.
(call receiver: (_) @subject operator: "&.") @guard.optional
((call
  receiver: (_) @subject
  method: (identifier) @name
  arguments: (argument_list . (_) . (_))) @guard.default
  (#any-of? @name "fetch" "dig"))
((call receiver: (_) @subject method: (identifier) @name block: (_)) @guard.default
  (#eq? @name "fetch"))
(binary
  left: (_) @subject
  operator: ["||" "or"]
  right: [(hash) (array) (string) (integer) (float) (nil) (false) (true)]) @guard.default
(operator_assignment left: (_) @subject operator: "||=") @guard.default
