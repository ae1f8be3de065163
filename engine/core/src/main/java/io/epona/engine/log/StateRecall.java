package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import io.epona.engine.log.LeaderEpochs.History;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Recalls what a log knew of its epochs and producers: from their files, and what those lack from the log. The log
 * decides. What it finds goes into the {@link RecoveryScan}; of itself it knows what the files hold. Used by the thread
 * that opens the log.
 */
final class StateRecall
{
    private final LogStateFiles files;
    private final Path directory;
    private final RecoveryScan scan;
    private final Crc32c crc;
    private History writtenEpochs = History.EMPTY;
    private long snapshotOffset = -1;

    StateRecall(final LogStateFiles files, final Path directory, final RecoveryScan scan, final Crc32c crc)
    {
        this.files = files;
        this.directory = directory;
        this.scan = scan;
        this.crc = crc;
    }

    /**
     * @return the same object as the epochs of the scan where their file holds them, else null.
     */
    History writtenEpochs()
    {
        return writtenEpochs;
    }

    /**
     * @return offset of a snapshot that has what is known of producers up to there, -1 for none.
     */
    long snapshotOffset()
    {
        return snapshotOffset;
    }

    /**
     * Of a log that was closed in order and of which the last segment was walked.
     *
     * @param segments   of the log.
     * @param cleanState how it was closed.
     * @return the offset from which on the log is not whole any more, as far as it had to be read, or its end.
     * @throws IOException where the directory cannot be read.
     */
    long recallClean(final List<Segment> segments, final CleanState cleanState) throws IOException
    {
        final long logEnd = scan.offset();
        final long logStart = logStartOf(segments);
        final LogReplay replay = new LogReplay(crc);
        final History walked = scan.epochs();
        final int walkedEpoch = scan.epoch();
        final History known = files.readEpochs();
        final long activeBase = segments.get(segments.size() - 1).baseOffset();
        final boolean isBelieved = null == known ? logEnd == logStart :
            (logEnd == logStart || reaches(known, logStart)) && known.lastEpoch() == cleanState.lastEpoch() &&
            walked.equals(known.trimmed(activeBase).truncated(logEnd));
        if (isBelieved)
        {
            writtenEpochs = null == known ? History.EMPTY : known;
            scan.correct(writtenEpochs, walkedEpoch);
        }
        else
        {
            replay.replay(segments, logStart, logEnd, new ProducerStates());
            if (replay.offset() < logEnd)
            {
                return replay.offset();
            }
            scan.correct(replay.epochs(), walkedEpoch);
            compareEpochs(segments, known);
            if (null == known)
            {
                reportEpochs();
            }
        }

        scan.producers().clear();
        if (cleanState.hasProducers())
        {
            final long end = recallProducers(segments, replay, logEnd);
            if (end < logEnd)
            {
                return end;
            }
            if (snapshotOffset < logEnd)
            {
                files.report(
                    directory, "there is no whole snapshot of the producers at offset " + logEnd,
                    "they are read from the log", null);
                addFromSnapshot();
            }
        }

        return logEnd;
    }

    /**
     * Whether a file knows the epochs from the log start on. One that was written when the log began later does not,
     * where that later start was lost with the process or the power.
     */
    private static boolean reaches(final History known, final long logStart)
    {
        return null != known && known.size() > 0 && known.start(0) <= logStart;
    }

    /**
     * As it was where a scan is about to begin.
     *
     * @param segments   before it.
     * @param from       offset at which the scan begins.
     * @param known      epochs in their file, or null.
     * @param checkpoint that counts.
     * @return the offset from which on the log is not whole any more before the scan, or where that begins.
     * @throws IOException where the directory cannot be read.
     */
    long recallBefore(
        final List<Segment> segments, final long from, final History known, final LogCheckpoint checkpoint)
        throws IOException
    {
        final long logStart = segments.isEmpty() ? from : logStartOf(segments);
        final LogReplay replay = new LogReplay(crc);
        scan.begin(History.EMPTY);
        if (from > logStart && !reaches(known, logStart))
        {
            replay.replay(segments, logStart, from, new ProducerStates());
            if (replay.offset() < from)
            {
                return replay.offset();
            }
            scan.begin(replay.epochs());
            if (null == known)
            {
                reportEpochs();
            }
        }
        else if (from > logStart)
        {
            scan.begin(known.trimmed(logStart).truncated(from));
        }

        if (from > logStart && checkpoint.hasProducers())
        {
            return recallProducers(segments, replay, from);
        }

        return from;
    }

    /**
     * The scan is over and the tail cut: what is beside the log follows, and may then add what the log does not say.
     * <p>
     * A snapshot within what was scanned counts. It is of this log, since those above an end are deleted before
     * anything is appended there. And it may know more than the batches below it say: compaction left nothing of a
     * batch because the same producer had a later one, and that was cut since.
     *
     * @param segments of the log.
     * @throws IOException where the files cannot follow.
     */
    void onScanned(final List<Segment> segments) throws IOException
    {
        files.deleteReplacements();
        files.truncateSnapshots(scan.offset());
        final ProducerStates known = new ProducerStates();
        final long newest = files.readSnapshot(scan.offset(), known);
        if (newest > snapshotOffset && newest >= logStartOf(segments))
        {
            snapshotOffset = newest;
            scan.producers().clear();
            scan.producers().putMissing(known);
            new LogReplay(crc).replay(segments, newest, scan.offset(), scan.producers());
        }
        else if (snapshotOffset < 0)
        {
            scan.producers().putMissing(known);
        }
    }

    /**
     * From a snapshot on, if that is where the log still is, else from the log alone.
     *
     * @return the offset from which on the log is not whole any more, or the end.
     */
    private long recallProducers(final List<Segment> segments, final LogReplay replay, final long to)
        throws IOException
    {
        final long logStart = logStartOf(segments);
        snapshotOffset = files.readSnapshot(to, scan.producers());
        if (snapshotOffset < logStart)
        {
            scan.producers().clear();
            snapshotOffset = -1;
        }
        if (snapshotOffset < to)
        {
            replay.replay(segments, Math.max(logStart, snapshotOffset), to, scan.producers());
            return replay.offset();
        }

        return to;
    }

    /** Of a producer without a batch in the log nothing but a snapshot can tell, and any one that has it is right. */
    private void addFromSnapshot() throws IOException
    {
        final ProducerStates known = new ProducerStates();
        files.readSnapshot(scan.offset(), known);
        scan.producers().putMissing(known);
    }

    private static long logStartOf(final List<Segment> segments)
    {
        return segments.get(0).baseOffset();
    }

    private void reportEpochs()
    {
        files.report(
            directory.resolve(LeaderEpochs.FILE_NAME), "it is missing or damaged",
            "it is written anew from the log", null);
    }

    /**
     * The log decides. A file that lacks what was appended last is written anew; one that contradicts is reported too.
     *
     * @param segments of the log.
     * @param known    epochs in the file, or null.
     */
    void compareEpochs(final List<Segment> segments, final History known)
    {
        final History epochs = scan.epochs();
        writtenEpochs = epochs.equals(null == known ? History.EMPTY : known) ? epochs : null;
        if (null != known && !epochs.startsWith(known.trimmed(logStartOf(segments)).truncated(scan.offset())))
        {
            files.report(
                directory.resolve(LeaderEpochs.FILE_NAME), "the log has epochs " + epochs + ", the file " + known,
                "it is written anew", null);
        }
    }
}
