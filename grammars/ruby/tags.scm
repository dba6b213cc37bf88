(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant

(comment) @comment

; References.
(call
  !receiver
  method: [(identifier) (constant)] @name
  arguments: (argument_list) @arguments) @reference.call
(call !receiver method: [(identifier) (constant)] @name !arguments) @reference.call
(call
  receiver: (_) @receiver
  method: [(identifier) (constant)] @name
  arguments: (argument_list) @arguments) @reference.call
(call receiver: (_) @receiver method: [(identifier) (constant)] @name !arguments) @reference.call
(scope_resolution scope: (_) @receiver name: (constant) @reference.use)
(identifier) @reference.use
(constant) @reference.use

; Imports.
((call
  !receiver
  method: (identifier) @require
  arguments: (argument_list . (string (string_content) @module))) @import
  (#any-of? @require "require" "require_relative" "load" "autoload"))
