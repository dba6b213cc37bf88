; Where a comparison is a check.
(if_statement condition: (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(do_statement condition: (_) @condition) @owner
(for_statement condition: (_) @condition) @owner
(conditional_expression condition: (_) @condition) @owner
(binary_expression left: (_) @condition operator: ["&&" "||"]) @owner
((call_expression
  function: (identifier) @name
  arguments: (argument_list . (_) @condition)) @owner
  (#any-of? @name "assert" "ASSERT" "g_assert" "CHECK" "DCHECK"))

; NULL.
((binary_expression
  left: (_) @subject
  operator: ["==" "!="]
  right: (null)) @guard.null_check
  (#set! in condition))
((binary_expression
  left: (null)
  operator: ["==" "!="]
  right: (_) @subject) @guard.null_check
  (#set! in condition))
((unary_expression
  operator: "!"
  argument: [(identifier) (field_expression) (subscript_expression)] @subject) @guard.null_check
  (#set! in condition))
((if_statement
  condition: (_ [(identifier) (field_expression)] @subject @guard.null_check))
  (#set! in condition))
((while_statement
  condition: (_ [(identifier) (field_expression)] @subject @guard.null_check))
  (#set! in condition))
((conditional_expression
  condition: [(identifier) (field_expression)] @subject @guard.null_check)
  (#set! in condition))
((binary_expression
  left: [(identifier) (field_expression)] @subject @guard.null_check
  operator: "&&")
  (#set! in condition))
((binary_expression
  operator: "&&"
  right: [(identifier) (field_expression)] @subject @guard.null_check)
  (#set! in condition))

; Order and size.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))

; Zero and failure: a negative result, or one that is not zero.
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "<" "<=" ">" ">="]
  right: (number_literal) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#set! in condition))
((binary_expression
  left: (_) @subject
  operator: ["==" "!=" "<"]
  right: (number_literal) @minus) @guard.error_check
  (#any-of? @minus "0" "-1")
  (#match? @subject "(^|[^a-z])(err(or|no)?|rc|ret|res|result|status|n|fd|sock)$|\\)$")
  (#set! in condition))

; Failures.
((call_expression
  function: (identifier) @name
  arguments: (argument_list . (_) @subject)) @guard.assert
  (#any-of? @name "assert" "ASSERT" "g_assert" "static_assert" "Q_ASSERT" "BUG_ON" "CHECK" "DCHECK"))

; Locks, transactions, resources.
((call_expression
  function: (identifier) @name
  arguments: (argument_list . (_) @subject)) @guard.lock
  (#match? @name "^(pthread_(mutex|rwlock|spin)_\\w*lock|mtx_(try|timed)?(un)?lock|(spin|mutex|read|write|rcu_read)_(try|un)?lock(_\\w+)?|mutex_lock_\\w+|flock|lockf|EnterCriticalSection|LeaveCriticalSection|AcquireSRWLock\\w+|omp_(un)?set_lock)$"))
((call_expression
  function: (identifier) @name
  arguments: (argument_list . (_) @subject)) @guard.transaction
  (#match? @name "(?i)^\\w*(begin|commit|rollback)(_?transaction|_?txn)?$"))
((call_expression
  function: (identifier) @name
  arguments: (argument_list . (_) @subject)) @guard.close
  (#match? @name "^(free|k[vz]?free|g_free|fclose|close|closedir|pclose|munmap|av_freep?|\\w+_(free|close|destroy|unref|release|put|cleanup))$"))

; Who may do this.
((call_expression function: (identifier) @name) @guard.auth @subject
  (#match? @name "(?i)^(authori[sz]e|authenticate|require|check|verify|ensure|has|can|is|ns_)?_?\\w*(auth|authenticated|authorized|capable|login|logged_in|perm|perms|permission|permissions|access|admin|role|roles|csrf|token|signature|owner)$|^authori[sz]e$|^authenticate$"))
