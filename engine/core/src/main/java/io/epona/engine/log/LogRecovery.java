package io.epona.engine.log;

import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.Storage;
import io.epona.engine.log.LeaderEpochs.History;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out where a log ends: the log is the longest run of whole batches ({@link RecoveryScan}) from the first segment
 * on. What lies behind is cut and reported, where it was never known to be on disk: a write that a crash tore.
 * <p>
 * Below the recovery point everything was on disk. What is missing or damaged there was lost by something else, so
 * nothing is cut and no file changed: the log is opened as far as it is whole, and fenced ({@link #damage()}), until
 * somebody puts the files back or accepts the loss by a file {@value #ACCEPT_LOSS_FILE_NAME}. The same goes for a file
 * that is not a segment of this log, wherever it stands: a segment gets its name after its header is on disk.
 * <p>
 * Used once, by the thread that opens the log.
 */
final class LogRecovery
{
    /** An empty file of this name in the directory of a partition: cut at the damage, whatever is lost. */
    static final String ACCEPT_LOSS_FILE_NAME = "accept-data-loss";
    /** An empty file of this name: read all of the log at the next start, also what lies below the recovery point. */
    static final String SUSPECT_FILE_NAME = "suspect";

    private final LogContext context;
    private final Storage storage;
    private final Path directory;
    private final long topicId;
    private final int partition;
    private final LogConfig config;
    private final Crc32c crc = new Crc32c();
    private final RecoveryScan scan = new RecoveryScan(crc);
    private final List<Segment> segments = new ArrayList<>();
    private final LogStateFiles files;
    private final SegmentOpener opener;
    private final StateRecall recall;
    private LogCheckpoint checkpoint = LogCheckpoint.NONE;
    private LogDamage damage;
    private int scannedFrom;
    private int endEpoch;
    private long durableEnd;

    LogRecovery(
        final LogContext context,
        final Path directory,
        final long topicId,
        final int partition,
        final LogConfig config)
    {
        this.context = context;
        this.storage = context.storage();
        this.directory = directory;
        this.topicId = topicId;
        this.partition = partition;
        this.config = config;
        this.files = new LogStateFiles(context, directory, topicId, partition);
        this.opener = new SegmentOpener(context, directory, topicId, partition, config, crc);
        this.recall = new StateRecall(files, directory, scan, crc);
        this.endEpoch = LeaderEpochs.NONE;
    }

    /**
     * @return the segments, from the first to the one that grows.
     */
    List<Segment> segments()
    {
        return segments;
    }

    /**
     * @return where the log goes on.
     */
    LogEnd end()
    {
        return new LogEnd(scan.offset(), scan.index(), endEpoch, scan.appendTimestampNs());
    }

    /**
     * @return first offset that is to be kept.
     */
    long logStart()
    {
        return Math.max(segments.get(0).baseOffset(), Math.min(checkpoint.logStart(), scan.offset()));
    }

    /**
     * @return epochs of the log.
     */
    History epochs()
    {
        return scan.epochs();
    }

    /**
     * @return the same object as the epochs where their file holds them, else null.
     */
    History writtenEpochs()
    {
        return recall.writtenEpochs();
    }

    /**
     * @return producers as they are at the end of the log.
     */
    ProducerStates producers()
    {
        return scan.producers();
    }

    LogStateFiles files()
    {
        return files;
    }

    /**
     * @return what is lost below the recovery point, or null.
     */
    LogDamage damage()
    {
        return damage;
    }

    /**
     * @return offset of a snapshot that has what is known of producers up to there, -1 for none.
     */
    long snapshotOffset()
    {
        return recall.snapshotOffset();
    }

    LogCheckpoint checkpoint()
    {
        return checkpoint;
    }

    /**
     * Bring to the disk what a scan found: it may stand in memory alone, and is about to be committed; so may the
     * names. What lies above the recovery point is written again even where the host holds it for written. After a sync
     * that failed it does, until the machine is started anew, and a process that was started anew cannot know of it.
     *
     * @throws IOException where it cannot be written: the log must not be used.
     */
    void force() throws IOException
    {
        if (scannedFrom == segments.size())
        {
            return;
        }

        for (int i = scannedFrom; i < segments.size(); i++)
        {
            final Segment segment = segments.get(i);
            final int end = i + 1 == segments.size() ? scan.index() : segment.endIndex();
            final int knownEnd = knownEnd(segment, end);
            segment.file().touch(knownEnd, end);
            segment.file().region().force(knownEnd, end - knownEnd);
            storage.force(segment.file().path());
        }
        storage.syncDirectory(directory);
    }

    /** Index in a segment up to which it is known to be on disk. */
    private int knownEnd(final Segment segment, final int end)
    {
        if (segment.baseOffset() >= checkpoint.recoveryPoint())
        {
            // Its header may have been written last as well.
            return 0;
        }

        final UnsafeBuffer buffer = segment.buffer();
        int index = SegmentDescriptor.HEADER_LENGTH;
        long offset = segment.baseOffset();
        while (index < end && offset < checkpoint.recoveryPoint())
        {
            offset = RecordBatchDescriptor.nextOffset(buffer, index);
            index += RecordBatchDescriptor.length(buffer, index);
        }

        return index;
    }

    /**
     * Make the first segment of a log.
     */
    void create(final long baseOffset) throws IOException
    {
        final Segment segment = SegmentMaker.first(
            context, directory, config, topicId, partition, baseOffset, crc);
        segments.add(segment);
        scan.begin(History.EMPTY);
        scan.enter(segment);
        scannedFrom = 1;
    }

    /**
     * Find the end of a log that exists.
     *
     * @param cleanState how it was closed, or null.
     * @param known      what was known to be on disk, or null.
     */
    void recover(final CleanState cleanState, final LogCheckpoint known) throws IOException
    {
        CompactionFiles.recover(storage, directory, topicId, partition);
        final Path acceptance = directory.resolve(ACCEPT_LOSS_FILE_NAME);
        final boolean isLossAccepted = storage.exists(acceptance);
        final Path suspicion = directory.resolve(SUSPECT_FILE_NAME);
        final boolean isSuspect = storage.exists(suspicion);
        checkpoint = files.capped(null == known ? LogCheckpoint.NONE : known);
        durableEnd = isLossAccepted ?
            0 : Math.max(checkpoint.recoveryPoint(), null == cleanState ? 0 : cleanState.logEnd());
        final List<Path> named = new ArrayList<>();
        final List<Path> waiting = new ArrayList<>();
        for (final Path file : storage.list(directory))
        {
            if (SegmentDescriptor.isLogFile(file))
            {
                named.add(file);
            }
            else if (SegmentDescriptor.isNextFile(file))
            {
                waiting.add(file);
            }
        }

        final List<Segment> found = openNamed(named, isLossAccepted);
        if (found.isEmpty())
        {
            beginAnew(waiting, isLossAccepted);
        }
        else if (null == cleanState || null != damage || isLossAccepted || isSuspect || !openClean(found, cleanState))
        {
            recoverByScan(found, waiting, isLossAccepted || isSuspect);
        }
        else
        {
            recoverClean(waiting, cleanState);
        }
        findLastAppendTime();
        if (isLossAccepted)
        {
            storage.delete(acceptance);
            storage.syncDirectory(directory);
        }
        if (isSuspect && null == damage)
        {
            storage.delete(suspicion);
            storage.syncDirectory(directory);
        }
    }

    /** Append times never fall, also behind a segment that has no batch yet, and whatever the clock does. */
    private void findLastAppendTime()
    {
        final int count = segments.size();
        if (0 == scan.appendTimestampNs() && count > 1)
        {
            final Segment sealed = segments.get(count - 2);
            final LogReplay replay = new LogReplay(crc);
            replay.replay(List.of(sealed), sealed.baseOffset(), active().baseOffset(), new ProducerStates());
            scan.appendTimestampNs(replay.appendTimestampNs());
        }
    }

    private List<Segment> openNamed(final List<Path> named, final boolean isLossAccepted) throws IOException
    {
        final List<Segment> found = new ArrayList<>();
        for (int i = 0; i < named.size(); i++)
        {
            final Path file = named.get(i);
            final Segment previous = found.isEmpty() ? null : found.get(found.size() - 1);
            final String fault = opener.fault(file, previous, checkpoint.logStart());
            if (null != fault)
            {
                if (isLossAccepted)
                {
                    deleteFrom(named, i, SegmentDescriptor.baseOffsetOf(file), fault);
                }
                else
                {
                    damage = new LogDamage(file, SegmentDescriptor.baseOffsetOf(file), 0, fault);
                }
                break;
            }
            final Segment segment = opener.open(file);
            segment.markNamed();
            found.add(segment);
        }

        return dropBelowLogStart(found);
    }

    /** Retention had taken these, and then the names came back, or were not gone yet. */
    private List<Segment> dropBelowLogStart(final List<Segment> found) throws IOException
    {
        int count = 0;
        while (count + 1 < found.size() && found.get(count + 1).baseOffset() <= checkpoint.logStart())
        {
            final SegmentFile file = found.get(count).file();
            file.unmap();
            storage.delete(file.path());
            count++;
        }
        if (count > 0)
        {
            storage.syncDirectory(directory);
        }

        return found.subList(count, found.size());
    }

    private void beginAnew(final List<Path> waiting, final boolean isLossAccepted) throws IOException
    {
        if (null != damage)
        {
            throw new UnreadableLogException(damage.message());
        }
        if (durableEnd > 0)
        {
            throw new IOException(directory + ": the segments are gone; the log was on disk up to offset " +
                durableEnd + ". Restore them, or delete the topic, or create an empty file " + ACCEPT_LOSS_FILE_NAME +
                " in the directory to begin anew behind that offset");
        }
        // The creation of this log was interrupted, or the loss of everything is accepted: no offset twice.
        try
        {
            deleteAll(waiting);
            create(isLossAccepted ? checkpoint.recoveryPoint() : 0);
        }
        catch (final IOException ex)
        {
            throw new UnreadableLogException(directory + ": it has no segment, and cannot be made anew", ex);
        }
    }

    /** Believe the clean state where the last segment ends as it says. */
    private boolean openClean(final List<Segment> found, final CleanState cleanState)
    {
        final Segment active = found.get(found.size() - 1);
        if (active.baseOffset() != cleanState.activeBaseOffset() ||
            cleanState.activePosition() < SegmentDescriptor.HEADER_LENGTH ||
            cleanState.activePosition() > active.capacity())
        {
            return false;
        }

        scan.begin(History.EMPTY);
        if (!scan.walk(active, cleanState.activePosition()) || scan.offset() != cleanState.logEnd() ||
            scan.epoch() >= 0 && scan.epoch() != cleanState.lastEpoch() || null == scan.batchFault(active))
        {
            return false;
        }

        linkSealed(found.subList(0, found.size() - 1));
        link(active);
        scannedFrom = segments.size();

        return true;
    }

    private void recoverClean(final List<Path> waiting, final CleanState cleanState) throws IOException
    {
        active().file().forgetAllocation(scan.index());
        endEpoch = cleanState.lastEpoch();
        final long end = recall.recallClean(segments, cleanState);
        if (end < cleanState.logEnd())
        {
            endAt(end);
            endEpoch = scan.epoch();
            markDamaged();
            active().endIndex(Segment.OPEN_END);
        }
        else
        {
            deleteAll(waiting);
        }
    }

    private void linkSealed(final List<Segment> sealed)
    {
        for (final Segment segment : sealed)
        {
            segment.endIndex(segment.capacity());
            // The last batch did not fit: up to its length may never have been allocated.
            segment.file().forgetAllocation(segment.capacity() - config.maxMessageBytes());
            link(segment);
        }
    }

    private void link(final Segment segment)
    {
        if (!segments.isEmpty())
        {
            final Segment sealed = segments.get(segments.size() - 1);
            sealed.next(segment);
            // Only the segment that grows needs its index at once; a sealed one is mapped again when somebody reads it.
            sealed.index(null);
            crc.releaseViews();
            sealed.file().unmap();
        }
        segments.add(segment);
    }

    private void recoverByScan(final List<Segment> found, final List<Path> waiting, final boolean isWholeLogScanned)
        throws IOException
    {
        final History known = files.readEpochs();
        int first = 0;
        while (!isWholeLogScanned && first + 1 < found.size() &&
            found.get(first + 1).baseOffset() <= checkpoint.recoveryPoint())
        {
            first++;
        }
        linkSealed(found.subList(0, first));
        scannedFrom = first;
        if (recallBefore(found.get(first), known) && scanFrom(found, first))
        {
            adopt(waiting);
        }
        endEpoch = scan.epoch();
        if (scan.offset() < durableEnd && null == damage)
        {
            markDamaged();
        }
        active().endIndex(Segment.OPEN_END);
        if (null == damage)
        {
            recall.compareEpochs(segments, known);
            deleteAll(waiting);
            cutTail();
            recall.onScanned(segments);
        }
        else
        {
            found.stream().filter((segment) -> !segments.contains(segment))
                .forEach((segment) -> segment.file().unmap());
        }
    }

    /**
     * Epochs and producers as they are where the scan begins.
     *
     * @return false where the log ends before, because it is damaged there.
     */
    private boolean recallBefore(final Segment scanned, final History known) throws IOException
    {
        final long from = scanned.baseOffset();
        final long end = recall.recallBefore(segments, from, known, checkpoint);

        return end >= from || endAt(end);
    }

    /** What was on disk ends where the scan does. */
    private void markDamaged()
    {
        damage = new LogDamage(active().file().path(), scan.offset(), scan.index(), scan.stopReason());
    }

    /** A batch that is needed cannot be read, below where a scan begins: the log is whole up to there. */
    private boolean endAt(final long offset)
    {
        while (segments.size() > 1 && active().baseOffset() > offset)
        {
            segments.remove(segments.size() - 1).file().unmap();
            active().next(null);
        }
        scannedFrom = segments.size();
        scan.begin(History.EMPTY);
        scan.scan(active());

        return false;
    }

    /** Scan the named segments. False where the log ends before the last of them. */
    private boolean scanFrom(final List<Segment> found, final int first) throws IOException
    {
        for (int i = first; i < found.size(); i++)
        {
            final Segment segment = found.get(i);
            if (i > first && segment.baseOffset() != scan.offset())
            {
                if (scan.offset() < durableEnd)
                {
                    damage = new LogDamage(
                        active().file().path(), scan.offset(), scan.index(),
                        scan.stopReason() + ", and the next segment begins at offset " + segment.baseOffset());
                }
                else if (null == damage)
                {
                    dropFrom(found, i);
                }
                return false;
            }
            scan.scan(segment);
            segment.endIndex(scan.index());
            segment.file().forgetAllocation(scan.index());
            link(segment);
        }

        return null == damage;
    }

    private void dropFrom(final List<Segment> found, final int first) throws IOException
    {
        final List<Path> paths = new ArrayList<>();
        for (int i = first; i < found.size(); i++)
        {
            found.get(i).file().unmap();
            paths.add(found.get(i).file().path());
        }
        deleteFrom(
            paths, 0, scan.offset(),
            "the segment before it ends at offset " + scan.offset() + ": " + scan.stopReason());
    }

    /** Delete files from the last one on, so that an interruption leaves a log without a hole. */
    private void deleteFrom(final List<Path> paths, final int first, final long logEnd, final String reason)
        throws IOException
    {
        for (int i = paths.size() - 1; i >= first; i--)
        {
            final Path file = paths.get(i);
            final long length = storage.length(file);
            storage.delete(file);
            storage.syncDirectory(directory);
            context.recoveryListener().onCut(file, logEnd, 0, length, reason);
        }
    }

    private void deleteAll(final List<Path> paths) throws IOException
    {
        for (final Path file : paths)
        {
            storage.delete(file);
        }
        if (!paths.isEmpty())
        {
            storage.syncDirectory(directory);
        }
    }

    private Segment active()
    {
        return segments.get(segments.size() - 1);
    }

    /**
     * Take files that the owner had moved into and that had not got their name yet: those that continue the log.
     */
    private void adopt(final List<Path> waiting) throws IOException
    {
        boolean isAdopted = true;
        while (isAdopted)
        {
            isAdopted = false;
            for (int i = 0; i < waiting.size() && !isAdopted; i++)
            {
                isAdopted = adopt(waiting.get(i));
                if (isAdopted)
                {
                    waiting.remove(i);
                }
            }
        }
    }

    private boolean adopt(final Path file) throws IOException
    {
        if (null != opener.headerFault(file) || opener.baseOffset() != scan.offset())
        {
            return false;
        }

        final Segment segment = opener.open(file);
        final Segment last = active();
        if (last.baseOffset() == scan.offset())
        {
            // It was left without a batch, because none fitted; its name goes to the new one.
            segments.remove(segments.size() - 1);
            last.file().unmap();
            if (!segments.isEmpty())
            {
                active().next(null);
            }
        }
        segment.file().touch(0, SegmentDescriptor.HEADER_LENGTH);
        segment.file().region().force(0, SegmentDescriptor.HEADER_LENGTH);
        segment.file().rename(SegmentDescriptor.logFile(directory, scan.offset()));
        storage.syncDirectory(directory);
        segment.markNamed();
        scan.scan(segment);
        segment.endIndex(scan.index());
        segment.file().forgetAllocation(scan.index());
        link(segment);
        scannedFrom = Math.min(scannedFrom, segments.size() - 1);

        return true;
    }

    private void cutTail() throws IOException
    {
        final Segment last = active();
        final long length = scan.tornLength(last);
        if (length > 0)
        {
            final Path file = last.file().path();
            storage.truncate(file, scan.index());
            storage.truncate(file, last.capacity());
            storage.force(file);
            context.recoveryListener().onCut(file, scan.offset(), scan.index(), length, scan.stopReason());
        }
    }
}
