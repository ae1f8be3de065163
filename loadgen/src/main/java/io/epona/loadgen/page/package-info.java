/**
 * Reports as one HTML file each, readable offline, in light and dark and on paper: no script, plots as inline SVG.
 */
package io.epona.loadgen.page;
