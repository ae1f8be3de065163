/**
 * What a run leaves behind: the live display, the output folder, the summary and its later check.
 */
package io.epona.loadgen.report;
