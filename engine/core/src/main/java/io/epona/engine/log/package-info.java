/**
 * The log of one partition: mapped segments, one owner that appends, readers in any thread, a housekeeper for
 * everything that may block.
 * <pre>
 *  log start                                high watermark = log end (one replica)
 *     |                                          |
 *  +--v-------------+  +----------------+  +-----v-----------------+  +- - - - - - - - -+
 *  | sealed segment |->| sealed segment |->| active  |runway|sparse|  | prepared segment
 *  +----------------+  +----------------+  +-----------------------+  +- - - - - - - - -+
 *     retention -> pool of touched files -> - - - - - - - - - - - - - - - - - ^
 * </pre>
 * <b>Who writes what, and how it is handed over.</b> No lock is taken; every field has one writer, and each hand-over
 * is one release store and one acquire load.
 * <ul>
 * <li>Owner to readers: batch bytes, segment ends and links are stored before the high watermark is released; a reader
 * acquires the watermark once in a poll and reads nothing beyond it. Bytes below it never change.</li>
 * <li>Housekeeper to owner: space is allocated and pages are touched before the prepared limit of a segment, or the
 * prepared segment itself, is released; the owner stores only below the limit it acquired.</li>
 * <li>Owner to housekeeper: the count of appended bytes is released with every batch, after the link to the segment
 * that the batch is in. So who acquires a count also sees the link.</li>
 * <li>Readers against housekeeper: pin, full fence, read the log start; publish the log start, full fence, read the
 * pins. With a full fence on both sides at least one sees the other's store, whatever the order in time.</li>
 * </ul>
 * <b>What a crash leaves.</b> Batches are whole or they end the log: length, two checksums, offset and epoch of each
 * are checked. A file gets its name after its header is durable, and loses its name durably before other bytes go into
 * it; a file without a name whose header continues the log is taken in.
 */
package io.epona.engine.log;
