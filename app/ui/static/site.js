/* Addresses within the site, which a proxy may serve below a path: this script lies in `static/` of the site. */

const SITE = new URL("..", import.meta.url);

/**
 * Address of a page or a call.
 * @param {string} path - path as if the site began at `/`
 * @returns {string} the whole address
 */
export function inSite(path) {
  return new URL(path.replace(/^\//, ""), SITE).href;
}
