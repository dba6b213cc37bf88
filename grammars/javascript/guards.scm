(call_expression function: (_) @subject optional_chain: (_)) @guard.optional
