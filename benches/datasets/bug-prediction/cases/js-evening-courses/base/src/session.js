/** Who asks: a member of the staff, a student or a visitor. */
export function roleOf(request) {
  const account = request.session && request.session.account;
  if (!account) return 'visitor';
  return account.staff ? 'staff' : 'student';
}
