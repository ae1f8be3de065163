package io.epona.engine.log;

import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The housekeeper's part in what a log knows of epochs and producers: writes the epochs when one was added, follows
 * the owner through the segments that it left, and writes the producers down, so that recovery has less to read.
 * Owned by the housekeeper's thread; what it writes it hands to the flushers, for the runways do not wait for a sync.
 * <p>
 * What it knows of the producers it reads from the log itself: the owner's own state is never touched from here.
 */
final class LogStateKeeper
{
    private static final long SNAPSHOT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int STEP_LENGTH = 1024 * 1024;

    private final LogState state;
    private final LogStateFiles files;
    private final Path directory;
    private final LeaderEpochs epochs;
    private final DurableWrite write;
    private final Crc32c crc = new Crc32c();
    private History written;
    /** Epochs that are being written, or null. */
    private History writing;
    /** Offset of the snapshot that is being written, or -1. */
    private long writingOffset = -1;
    private ProducerStates producers;
    /** What is known of producers where the log is being cut. */
    private ProducerStates atCut;
    private Segment cursor;
    private int index;
    private long offset;
    private long snapshotOffset;
    private boolean isSnapshotDue;
    private boolean isSnapshotUrgent;
    private boolean isFailing;
    private boolean isCapped;
    /** Whether the cap was there already when the last checkpoint was made. */
    private boolean isCapCovered;
    private long snapshotAtNs;
    private long retryAtNs;

    /**
     * @param files     of the log.
     * @param directory of the log.
     * @param state     of the log.
     * @param epochs    of the owner.
     * @param written   epochs that are in the file, or null.
     * @param producers as they are at the log end; taken over.
     * @param active    segment in which the log ends.
     * @param tail      index of the log end in it.
     * @param logEnd    of the log.
     * @param snapshotOffset of the newest snapshot, -1 for none.
     */
    LogStateKeeper(
        final LogStateFiles files,
        final Path directory,
        final LogState state,
        final LeaderEpochs epochs,
        final History written,
        final ProducerStates producers,
        final Segment active,
        final int tail,
        final long logEnd,
        final long snapshotOffset)
    {
        this.offset = logEnd;
        this.snapshotOffset = snapshotOffset;
        this.isSnapshotDue = !producers.isEmpty() && snapshotOffset < logEnd;
        this.files = files;
        this.write = files.newWrite();
        this.isCapped = files.isCapped();
        this.directory = directory;
        this.state = state;
        this.epochs = epochs;
        this.written = written;
        this.producers = producers;
        this.cursor = active;
        this.index = tail;
    }

    /**
     * One bounded step.
     *
     * @param current segment of the owner, as far as this thread has followed.
     * @param nowNs   epoch ns.
     * @return work done.
     */
    int doWork(final Segment current, final long nowNs)
    {
        if (isFailing && nowNs - retryAtNs < 0)
        {
            return 0;
        }

        try
        {
            int work = finishWrite();
            if (current != cursor)
            {
                follow(current, STEP_LENGTH);
                work++;
            }
            if (!isWriting() && epochs.history() != written)
            {
                writing = epochs.history();
                begin(files.epochs(writing.trimmed(state.positions.logStart())));
                work++;
            }
            else if (!isWriting() && current == cursor && isSnapshotDue &&
                (isSnapshotUrgent || nowNs - snapshotAtNs >= 0))
            {
                snapshotAtNs = nowNs + SNAPSHOT_INTERVAL_NS;
                beginSnapshot();
                work++;
            }
            isFailing &= isWriting();

            return work;
        }
        catch (final IOException ex)
        {
            onFailure(ex, nowNs);
            return 0;
        }
    }

    /** What is known of this log now goes into a checkpoint. */
    void onCheckpointBegun()
    {
        isCapCovered = isCapped;
    }

    /** The last checkpoint that was begun is on disk. */
    void onCheckpoint()
    {
        if (isCapCovered)
        {
            try
            {
                files.dropRecoveryCap();
                isCapped = false;
                isCapCovered = false;
            }
            catch (final IOException ex)
            {
                files.report(
                    directory, "the recovery point stays capped (" + ex + ')',
                    "the next start reads more of the log; it is tried again", ex);
            }
        }
    }

    private boolean isWriting()
    {
        return null != writing || writingOffset >= 0;
    }

    private void beginSnapshot() throws IOException
    {
        writingOffset = offset;
        isSnapshotDue = false;
        begin(files.snapshot(offset, producers));
    }

    private void begin(final DurableWrite.Content content) throws IOException
    {
        write.begin(List.of(content));
        finishWrite();
    }

    /** Take note of what was written; where it failed, it is due again. */
    private int finishWrite() throws IOException
    {
        if (!isWriting() || !write.isDone())
        {
            return 0;
        }

        final History epochsWritten = writing;
        final long offsetWritten = writingOffset;
        writing = null;
        writingOffset = -1;
        final IOException fault = write.take();
        if (null != fault)
        {
            isSnapshotDue |= offsetWritten >= 0;
            throw fault;
        }
        if (null != epochsWritten)
        {
            written = epochsWritten;
        }
        else
        {
            snapshotOffset = offsetWritten;
            isSnapshotUrgent = false;
            files.deleteOldSnapshots();
        }

        return 1;
    }

    /** Wait for what is being written. */
    void complete()
    {
        if (isWriting())
        {
            write.complete();
            try
            {
                finishWrite();
            }
            catch (final IOException ex)
            {
                onFailure(ex, 0);
            }
        }
    }

    private void onFailure(final IOException cause, final long nowNs)
    {
        state.counters.increment(LogCounters.STORAGE_ERRORS);
        retryAtNs = nowNs + RETRY_NS;
        if (!isFailing)
        {
            isFailing = true;
            files.report(
                directory, "epochs or producers could not be written (" + cause + ')',
                "they are in the log too, and the next start reads more of it; it is tried again", cause);
        }
    }

    /**
     * @return the first offset whose epoch may not be in the file yet: recovery must scan from there, or from before.
     */
    long epochsWrittenTo()
    {
        final History history = epochs.history();
        if (history == written)
        {
            return Long.MAX_VALUE;
        }

        final int lastWritten = null == written ? LeaderEpochs.NONE : written.lastEpoch();
        for (int i = 0; i < history.size(); i++)
        {
            if (history.epoch(i) > lastWritten)
            {
                return history.start(i);
            }
        }

        return Long.MAX_VALUE;
    }

    /**
     * Tell whether a sealed segment may go: what it says of producers is in a snapshot, or no snapshot can be written,
     * and then space is worth more. The snapshot is made where it is missing.
     */
    boolean isPast(final Segment segment)
    {
        final Segment next = segment.next();
        if (null == next || isFailing)
        {
            return true;
        }
        if (segment == cursor && segment.hasProducers())
        {
            return false;
        }
        if (producers.isEmpty() || snapshotOffset >= next.baseOffset())
        {
            return true;
        }

        isSnapshotDue = true;
        isSnapshotUrgent = true;

        return false;
    }

    /**
     * @return offset of the first segment that was not read for its producers yet: it and those behind it must stay.
     */
    long readTo()
    {
        return cursor.baseOffset();
    }

    /**
     * @return whether there may be a producer in the log that is not forgotten: without one recovery needs no snapshot.
     */
    boolean hasProducers()
    {
        boolean result = !producers.isEmpty();
        for (Segment segment = cursor; null != segment && !result; segment = segment.next())
        {
            result = segment.hasProducers();
        }

        return result;
    }

    private void follow(final Segment current, final int maxLength)
    {
        int budget = maxLength;
        while (cursor != current && budget > 0)
        {
            budget -= replay(cursor.endIndex(), budget);
            if (null != state.damage())
            {
                return;
            }
            if (!cursor.hasProducers() || index >= cursor.endIndex())
            {
                cursor = cursor.next();
                index = SegmentDescriptor.HEADER_LENGTH;
                offset = cursor.baseOffset();
                isSnapshotDue = !producers.isEmpty();
            }
        }
    }

    /** Stops before a batch that was damaged after the owner wrote it, and says so. */
    private int replay(final int end, final int maxLength)
    {
        final int from = index;
        if (cursor.hasProducers())
        {
            final UnsafeBuffer buffer = cursor.file().region().buffer();
            while (index < end && index - from < maxLength)
            {
                final int length = BatchValidator.plausibleLength(buffer, index, end - index);
                // Sequences and epochs of producers are behind what the header's checksum covers.
                if (length < 0 || !BatchValidator.isHeaderValid(buffer, index, crc) ||
                    !BatchValidator.isBodyValid(buffer, index, length, crc))
                {
                    state.damage(new LogDamage(cursor.file().path(), offset, index, "no whole batch begins there"));
                    break;
                }
                producers.onBatch(buffer, index);
                offset = RecordBatchDescriptor.nextOffset(buffer, index);
                index += length;
            }
        }

        return index - from;
    }

    /**
     * Write down everything, the owner having stopped.
     *
     * @param current segment in which the log ends.
     * @param tail    index of the log end in it.
     * @param logEnd  of the log.
     * @return whether it is all on disk; not so where the log turns out to be damaged.
     */
    boolean close(final Segment current, final int tail, final long logEnd)
    {
        complete();
        try
        {
            final History history = epochs.history();
            if (history != written)
            {
                files.writeEpochs(history.trimmed(state.positions.logStart()));
                written = history;
            }
            while (cursor != current && null == state.damage())
            {
                follow(current, Integer.MAX_VALUE);
            }
            if (null == state.damage())
            {
                replay(tail, Integer.MAX_VALUE);
            }
            if (null != state.damage())
            {
                return false;
            }
            index = tail;
            offset = logEnd;
            if (!producers.isEmpty() && snapshotOffset < logEnd)
            {
                files.addSnapshot(offset, producers);
                snapshotOffset = offset;
                files.deleteOldSnapshots();
            }

            return true;
        }
        catch (final IOException ex)
        {
            onFailure(ex, 0);
            return false;
        }
    }

    /**
     * The end of the log is about to be cut: find out what is known of producers there, and write it down, for of those
     * whose records retention took the log says nothing, and the snapshots above the cut go with it. While the owner
     * waits.
     *
     * @param segments of the log, as it is.
     * @param end      offset at which it will end.
     * @throws IOException where it could not be written.
     */
    void beforeTruncation(final List<Segment> segments, final long end) throws IOException
    {
        complete();
        final ProducerStates states = new ProducerStates();
        if (hasProducers())
        {
            final long logStart = segments.get(0).baseOffset();
            final long snapshot = files.readSnapshot(end, states);
            // What a snapshot says of offsets that retention took since cannot be gone on from.
            final ProducerStates older = snapshot < logStart ? states.copy() : null;
            if (null != older)
            {
                states.clear();
            }
            final LogReplay replay = new LogReplay(crc);
            replay.replay(segments, Math.max(logStart, snapshot), end, states);
            if (replay.offset() < end)
            {
                throw new IOException(
                    "the log is damaged at offset " + replay.offset() + ", below " + end + " where it is to be cut");
            }
            // This one has followed the log beyond what retention took.
            states.putMissing(producers, end);
            if (null != older)
            {
                states.putMissing(older);
            }
            if (!states.isEmpty() && snapshot < end)
            {
                files.addSnapshot(end, states);
            }
        }
        atCut = states;
    }

    /**
     * The log was cut: epochs, snapshots and what is known of producers follow, durably. While the owner waits.
     *
     * @param active segment in which the log ends now.
     * @param end    of the log.
     * @return what is known of producers at the end, for the owner.
     * @throws IOException where files could not follow.
     */
    ProducerStates truncate(final Segment active, final LogEnd end) throws IOException
    {
        cap(end.offset());
        epochs.truncate(end.offset());
        final History history = epochs.history();
        files.writeEpochs(history);
        written = history;
        files.truncateSnapshots(end.offset());
        final ProducerStates states = atCut;
        atCut = null;
        onTruncated(states.copy(), active, end.index(), end.offset());

        return states;
    }

    private void cap(final long offset) throws IOException
    {
        complete();
        files.capRecoveryPoint(offset);
        isCapped = true;
        isCapCovered = false;
    }

    /**
     * The log begins anew: nothing of before is known of it, as if it was made just now. While the owner waits.
     *
     * @param active segment in which it begins and ends.
     * @param end    of the log.
     * @return what is known of producers: nothing.
     * @throws IOException where files could not follow.
     */
    ProducerStates reset(final Segment active, final LogEnd end) throws IOException
    {
        cap(end.offset());
        epochs.truncate(0);
        final History history = epochs.history();
        files.writeEpochs(history);
        written = history;
        files.truncateSnapshots(-1);
        snapshotOffset = -1;
        onTruncated(new ProducerStates(), active, end.index(), end.offset());

        return new ProducerStates();
    }

    /**
     * The log was cut: go on from its new end.
     *
     * @param newProducers as they are there; taken over.
     * @param active       segment in which the log ends now.
     * @param tail         index of the log end in it.
     * @param logEnd       of the log; snapshots above it are gone.
     */
    void onTruncated(
        final ProducerStates newProducers, final Segment active, final int tail, final long logEnd)
    {
        offset = logEnd;
        snapshotOffset = Math.min(snapshotOffset, logEnd);
        producers = newProducers;
        cursor = active;
        index = tail;
        isSnapshotDue = !producers.isEmpty();
        isSnapshotUrgent = false;
    }
}
