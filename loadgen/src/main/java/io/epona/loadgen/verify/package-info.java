/**
 * What was sent and what came back: the payload's layout and the accounting of every record.
 */
package io.epona.loadgen.verify;
