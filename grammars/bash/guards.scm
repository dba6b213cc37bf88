; Where a test is a check: a condition, or what stands before `&&` and `||`.
(if_statement condition: (_) @condition) @owner
(elif_clause . (_) @condition) @owner
(while_statement condition: (_) @condition) @owner
(list . (_) @condition) @owner

; Missing and empty values.
((unary_expression operator: (test_operator) @operator (_) @subject) @guard.null_check
  (#any-of? @operator "-z" "-n")
  (#set! in condition))
((unary_expression operator: (test_operator) @operator (_) @subject) @guard.key_check
  (#any-of? @operator "-e" "-f" "-d" "-r" "-w" "-x" "-s" "-h" "-L" "-v")
  (#set! in condition))
((binary_expression left: (_) @subject operator: ["==" "!=" "="] right: (string) @empty)
  @guard.null_check
  (#eq? @empty "\"\"")
  (#set! in condition))
; `${HOME:?not set}` and `${rate:-1}`
((expansion (variable_name) @subject operator: [":?" "?"]) @guard.null_check)
((expansion (variable_name) @subject operator: [":-" "-" ":=" "="]) @guard.default)

; Order and zero.
((binary_expression left: (_) @subject operator: ["<" "<=" ">" ">="]) @guard.bounds_check
  (#set! in condition))
((binary_expression left: (_) @subject operator: (test_operator) @operator)
  @guard.bounds_check
  (#any-of? @operator "-lt" "-le" "-gt" "-ge")
  (#set! in condition))
((binary_expression left: (_) @subject right: (number) @zero) @guard.zero_check
  (#any-of? @zero "0" "1")
  (#not-match? @subject "\\$[?#]")
  (#set! in condition))
((binary_expression left: (_) @subject right: (number)) @guard.bounds_check
  (#match? @subject "\\$#")
  (#set! in condition))

; Failures: a status, `cmd || exit`, `if ! cmd`, `set -e`.
((binary_expression left: (_) @subject operator: (test_operator)) @guard.error_check
  (#match? @subject "\\$\\?")
  (#set! in condition))
((list
  (command name: (_) @subject)
  . "||"
  . (command name: (command_name) @out)) @guard.error_check
  (#any-of? @out "exit" "return" "die" "fail" "error" "abort" "continue" "break" "true"))
((list
  (redirected_statement body: (command name: (_) @subject))
  . "||"
  . (command name: (command_name) @out)) @guard.error_check
  (#any-of? @out "exit" "return" "die" "fail" "error" "abort" "continue" "break" "true"))
(if_statement condition: (negated_command (command name: (_) @subject))) @guard.error_check
((command name: (command_name) @set . argument: (word) @subject) @guard.try
  (#eq? @set "set")
  (#match? @subject "^-[a-z]*e"))

; Tools that must be there.
((command name: (command_name) @command . argument: (word) @how . argument: (_) @subject)
  @guard.key_check
  (#eq? @command "command")
  (#eq? @how "-v"))

; Locks, cleaning up, waiting.
((command name: (command_name) @subject) @guard.lock
  (#any-of? @subject "flock" "lockfile" "setlock"))
((command name: (command_name) @trap . argument: (_) @subject) @guard.close
  (#eq? @trap "trap"))
((command name: (command_name) @wait) @guard.await @subject
  (#eq? @wait "wait"))

; Who may do this.
((binary_expression left: (_) @subject) @guard.auth
  (#match? @subject "EUID|\\bUID\\b|id -u")
  (#set! in condition))
((command name: (command_name) @subject) @guard.auth
  (#match? @subject "^(require|check|verify|ensure|assert)_\\w*(auth|root|login|permission|permissions|access|admin|token|signature|owner)$"))
