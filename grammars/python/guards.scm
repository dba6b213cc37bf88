; Where a comparison is a check.
(if_statement condition: (_) @condition) @owner
(elif_clause condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(conditional_expression . (_) . (_) @condition) @owner
(assert_statement . (_) @condition) @owner
(if_clause (_) @condition) @owner
(boolean_operator left: (_) @condition operator: "and") @owner

; None and truth.
((comparison_operator . (_) @subject ["is" "is not" "==" "!="] (none)) @guard.null_check
  (#set! in condition))
((not_operator
  argument: [(identifier) (attribute) (subscript)] @subject) @guard.null_check
  (#set! in condition))
((if_statement condition: [(identifier) (attribute) (subscript)] @subject @guard.null_check)
  (#set! in condition))
((elif_clause condition: [(identifier) (attribute) (subscript)] @subject @guard.null_check)
  (#set! in condition))
((conditional_expression
  . (_) . [(identifier) (attribute) (subscript)] @subject @guard.null_check)
  (#set! in condition))
((boolean_operator left: [(identifier) (attribute) (subscript)] @subject @guard.null_check)
  (#set! in condition))
((boolean_operator
  operator: "and"
  right: [(identifier) (attribute) (subscript)] @subject @guard.null_check)
  (#set! in condition))
((call
  function: (identifier) @function
  arguments: (argument_list . (_) @subject)) @guard.null_check
  (#eq? @function "hasattr")
  (#set! in condition))

; Order and size.
((comparison_operator . (_) @subject ["<" "<=" ">" ">="] (_)) @guard.bounds_check
  (#set! in condition))
((comparison_operator
  . (call function: (identifier) @function arguments: (argument_list . (_) @subject)))
  @guard.bounds_check
  (#eq? @function "len")
  (#set! in condition))

; Zero and emptiness.
((comparison_operator . (_) @subject ["==" "!=" "<" "<=" ">" ">="] (integer) @zero)
  @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((call function: (identifier) @function arguments: (argument_list . (_) @subject))
  @guard.zero_check
  (#any-of? @function "len" "any" "all")
  (#set! in condition))
((not_operator argument: [(identifier) (attribute)] @subject) @guard.zero_check
  (#set! in condition))

; Keys and members.
((comparison_operator . (_) ["in" "not in"] (_) @subject) @guard.key_check
  (#set! in condition))

; Types.
((call function: (identifier) @function arguments: (argument_list . (_) @subject))
  @guard.type_check
  (#any-of? @function "isinstance" "issubclass" "callable")
  (#set! in condition))

; Failures.
(try_statement (except_clause value: (_) @subject)) @guard.try
(try_statement (except_clause . "except" . ":")) @guard.try
((with_statement (with_clause (with_item value: (call
  function: [(identifier) @name (attribute attribute: (identifier) @name)]
  arguments: (_) @subject)))) @guard.try
  (#eq? @name "suppress"))
(try_statement (finally_clause)) @guard.close
(assert_statement . (_) @subject) @guard.assert

; Locks, transactions, resources.
((with_statement (with_clause (with_item value: (_) @subject))) @guard.lock
  (#match? @subject "(?i)lock|mutex|semaphore"))
((with_statement (with_clause (with_item value: (_) @subject))) @guard.transaction
  (#match? @subject "(?i)transaction|atomic|\\bbegin\\b|savepoint"))
((with_statement (with_clause (with_item value: (_) @subject))) @guard.close
  (#not-match? @subject "(?i)lock|mutex|semaphore|transaction|atomic|savepoint|raises|suppress"))
((call function: (attribute object: (_) @subject attribute: (identifier) @name)) @guard.lock
  (#eq? @name "acquire"))
((decorator (_) @subject) @guard.transaction
  (#match? @subject "(?i)atomic|transactional"))
((decorator (_) @subject) @guard.lock
  (#match? @subject "(?i)synchronized|with_lock"))
((call function: (attribute object: (_) @subject attribute: (identifier) @name)) @guard.close
  (#eq? @name "close"))

(await (call function: (_) @subject)) @guard.await

; Who may do this.
((decorator (_) @subject) @guard.auth
  (#match? @subject "(?i)(login|permission|auth|admin|role|staff|superuser|token|jwt|scope)\\w*_?(required|check)|require_?\\w*(login|auth|perm|admin|role|user)|requires_?\\w+|permission_classes|csrf_protect|user_passes_test"))
((call
  function: [
    (identifier) @name
    (attribute attribute: (identifier) @name)
  ]) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|assert|has|can|is)_?\\w*(auth|authenticated|authorized|login|logged_in|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)\\w*$|^authori[sz]e$|^authenticate$"))
((attribute attribute: (identifier) @name) @guard.auth @subject
  (#match? @name "^is_(authenticated|admin|staff|superuser|authorized|owner)$")
  (#set! in condition))

; A value in place of a missing one.
((call
  function: (attribute object: (_) @subject attribute: (identifier) @name)
  arguments: (argument_list . (_) . (_))) @guard.default
  (#any-of? @name "get" "pop" "setdefault"))
((call
  function: (attribute object: (_) @subject attribute: (identifier) @name)
  arguments: (argument_list . (_) .)) @guard.default
  (#any-of? @name "get"))
((call
  function: (identifier) @name
  arguments: (argument_list . (_) @subject . (_) . (_))) @guard.default
  (#eq? @name "getattr"))
((call
  function: (identifier) @name
  arguments: (argument_list . (_) @subject . (_))) @guard.default
  (#eq? @name "next"))
(boolean_operator
  left: (_) @subject
  operator: "or"
  right: [(dictionary) (list) (string) (integer) (float) (tuple) (none) (call)]) @guard.default
