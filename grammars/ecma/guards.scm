; Where a comparison is a check.
(if_statement condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(for_statement condition: (_) @condition) @owner
(ternary_expression condition: (_) @condition) @owner
(binary_expression left: (_) @condition operator: "&&") @owner
(binary_expression left: (_) @condition operator: "||") @owner

; null, undefined and truth.
((binary_expression
  left: (_) @subject
  operator: ["==" "===" "!=" "!=="]
  right: [(null) (undefined)]) @guard.null_check
  (#set! in condition))
((binary_expression
  left: (unary_expression operator: "typeof" argument: (_) @subject)
  operator: ["==" "===" "!=" "!=="]
  right: (string) @type) @guard.null_check
  (#match? @type "undefined")
  (#set! in condition))
((unary_expression
  operator: "!"
  argument: [(identifier) (member_expression) (subscript_expression)] @subject) @guard.null_check
  (#set! in condition))
((if_statement
  condition: (parenthesized_expression
    [(identifier) (member_expression) (subscript_expression)] @subject @guard.null_check))
  (#set! in condition))
((ternary_expression
  condition: [(identifier) (member_expression) (subscript_expression)] @subject @guard.null_check)
  (#set! in condition))
((binary_expression
  left: [(identifier) (member_expression) (subscript_expression)] @subject @guard.null_check
  operator: "&&")
  (#set! in condition))
((binary_expression
  operator: "&&"
  right: [(identifier) (member_expression) (subscript_expression)] @subject @guard.null_check)
  (#set! in condition))

; Order and size.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((binary_expression
  left: (member_expression object: (_) @subject property: (property_identifier) @name))
  @guard.bounds_check
  (#any-of? @name "length" "size")
  (#set! in condition))

; Zero and emptiness.
((binary_expression
  left: (_) @subject
  operator: ["==" "===" "!=" "!==" "<" "<=" ">" ">="]
  right: (number) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((unary_expression
  operator: "!"
  argument: (member_expression object: (_) @subject property: (property_identifier) @name))
  @guard.zero_check
  (#any-of? @name "length" "size")
  (#set! in condition))
((call_expression
  function: (identifier) @function
  arguments: (arguments . (_) @subject)) @guard.zero_check
  (#any-of? @function "isNaN")
  (#set! in condition))

; Keys and members.
((binary_expression operator: "in" right: (_) @subject) @guard.key_check
  (#set! in condition))
((call_expression
  function: (member_expression object: (_) @subject property: (property_identifier) @name))
  @guard.key_check
  (#any-of? @name "has" "hasOwnProperty" "includes" "hasOwn")
  (#set! in condition))

; Types.
((binary_expression left: (_) @subject operator: "instanceof") @guard.type_check
  (#set! in condition))
((binary_expression
  left: (unary_expression operator: "typeof" argument: (_) @subject)) @guard.type_check
  (#set! in condition))
((call_expression
  function: (member_expression object: (identifier) @array property: (property_identifier) @name)
  arguments: (arguments . (_) @subject)) @guard.type_check
  (#eq? @array "Array")
  (#eq? @name "isArray")
  (#set! in condition))

; Failures.
(try_statement handler: (catch_clause parameter: (_) @subject)) @guard.try
(try_statement handler: (catch_clause !parameter)) @guard.try
(try_statement finalizer: (_)) @guard.close
((call_expression
  function: (member_expression object: (_) @subject property: (property_identifier) @name))
  @guard.try
  (#eq? @name "catch"))
((if_statement
  condition: (parenthesized_expression (identifier) @subject)) @guard.error_check
  (#match? @subject "^(e|err|error)$"))
((call_expression
  function: [(identifier) @name (member_expression property: (property_identifier) @name)]
  arguments: (arguments . (_) @subject)) @guard.assert
  (#any-of? @name "assert" "invariant"))

; Locks, transactions, resources.
((call_expression
  function: (member_expression object: (_) @subject property: (property_identifier) @name))
  @guard.lock
  (#any-of? @name "acquire" "runExclusive" "lock"))
((call_expression
  function: (member_expression object: (_) @subject property: (property_identifier) @name))
  @guard.transaction
  (#any-of? @name "transaction" "$transaction" "beginTransaction" "withTransaction" "startTransaction"))
((call_expression
  function: (member_expression object: (_) @subject property: (property_identifier) @name))
  @guard.close
  (#any-of? @name "close" "release" "destroy" "unsubscribe" "removeEventListener"))
((call_expression
  function: (identifier) @name
  arguments: (arguments . (_) @subject)) @guard.close
  (#any-of? @name "clearTimeout" "clearInterval"))

(await_expression (call_expression function: (_) @subject)) @guard.await
(await_expression [(identifier) (member_expression)] @subject) @guard.await

; Who may do this.
((call_expression
  function: [
    (identifier) @name
    (member_expression property: (property_identifier) @name)
  ]) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|logged_?in|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)\\w*$|^authori[sz]e$|^authenticate$"))
((arguments [(identifier) (member_expression)] @guard.auth @subject)
  (#match? @subject "(?i)^(require|ensure|check|verify|is)_?(auth|login|admin|role|perm|logged_?in|authenticated)\\w*$|^authenticate$|^authori[sz]e$"))
((decorator (_) @subject) @guard.auth
  (#match? @subject "(?i)^(UseGuards|Authorized|Roles|Auth|RequirePermissions?)"))
((member_expression property: (property_identifier) @name) @guard.auth @subject
  (#match? @name "(?i)^is_?(authenticated|admin|authorized|owner|logged_?in)$")
  (#set! in condition))

; A value in place of a missing one.
(binary_expression left: (_) @subject operator: "??") @guard.default
(binary_expression
  left: (_) @subject
  operator: "||"
  right: [(object) (array) (string) (number) (template_string) (null) (false) (true)])
  @guard.default
(augmented_assignment_expression left: (_) @subject operator: ["??=" "||="]) @guard.default
(member_expression object: (_) @subject (optional_chain)) @guard.optional
(subscript_expression object: (_) @subject (optional_chain)) @guard.optional
(object_pattern (object_assignment_pattern left: (_) @subject)) @guard.default
