/**
 * Access tokens of the identity service. A refresh token is good for one use:
 * the answer brings the next one, and a second use revokes the whole session.
 */
export interface Tokens {
  access: string;
  refresh: string;
  expiresAt: number;
}

export async function exchange(base: string, refresh: string): Promise<Tokens> {
  const response = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh }),
  });
  if (!response.ok) throw new Error(`token exchange answered ${response.status}`);
  const body = (await response.json()) as { access_token: string; refresh_token: string; expires_in: number };
  return { access: body.access_token, refresh: body.refresh_token, expiresAt: Date.now() + body.expires_in * 1000 };
}
