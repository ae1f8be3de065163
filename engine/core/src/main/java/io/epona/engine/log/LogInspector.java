package io.epona.engine.log;

import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LogFinding.Kind;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads the log of one partition from its files and judges it as recovery would, without changing anything: files are
 * opened for reading only, nothing is mapped, created or locked. It may run beside an engine that writes to the log, in
 * the same process or another.
 * <p>
 * Used once, by one thread. Blocks.
 */
public final class LogInspector
{
    private static final int LIVE_ATTEMPTS = 4;

    private final Path directory;
    private final LogFacts facts;
    private final LogVisitor visitor;
    private final List<LogFinding> findings = new ArrayList<>();
    private final long topicId;
    private final int partition;
    private long recoveryPoint;
    private long fromOffset;
    private Path only;
    private boolean isEnded;

    private int segments;
    private long batches;
    private long records;
    private long bytes;
    private long logStart = -1;
    private long offset = -1;
    private int epoch = -1;
    private SegmentInfo last;
    private long lastPosition;

    /**
     * @param directory of the partition.
     * @param topicId   that the files must name.
     * @param partition that the files must name.
     * @param facts     that are known of the log.
     * @param visitor   told of segments and batches.
     */
    public LogInspector(
        final Path directory,
        final long topicId,
        final int partition,
        final LogFacts facts,
        final LogVisitor visitor)
    {
        this.directory = directory;
        this.topicId = topicId;
        this.partition = partition;
        this.facts = facts;
        this.visitor = visitor;
    }

    /**
     * Leave out what lies before an offset.
     *
     * @param offset segments wholly below it are not read, batches wholly below it are not shown.
     * @return this.
     */
    public LogInspector from(final long offset)
    {
        fromOffset = offset;
        return this;
    }

    /**
     * Read one file of the log alone.
     *
     * @param file in the directory.
     * @return this.
     */
    public LogInspector only(final Path file)
    {
        only = file;
        return this;
    }

    /**
     * Whose segment a file says that it is, for logs in directories whose names do not say it.
     *
     * @param file to read.
     * @return {topic id, partition}, or null where the file is not a segment or its header is damaged.
     * @throws IOException where it cannot be read.
     */
    public static long[] identity(final Path file) throws IOException
    {
        return SegmentScan.identity(file);
    }

    /**
     * Tell whether a file has the name of a segment.
     *
     * @param file whose name is looked at.
     * @return whether it is {@code <20 digits>.log}.
     */
    public static boolean isSegmentName(final Path file)
    {
        return SegmentDescriptor.isLogFile(file);
    }

    /**
     * Read the log.
     *
     * @return what it is like.
     * @throws IOException where a file cannot be read.
     */
    public LogSummary inspect() throws IOException
    {
        recoveryPoint = Math.min(facts.recoveryPoint(), DerivedFiles.cutOffset(directory));
        inspectListed();
        // Retention can outrun a reader that has just begun: then everything that was listed is gone.
        for (int i = 0; i < LIVE_ATTEMPTS && facts.isLive() && offset < 0 && null == only; i++)
        {
            findings.clear();
            inspectListed();
        }

        if (null == only)
        {
            findings.addAll(DerivedFiles.inspect(directory, topicId, partition));
        }

        return new LogSummary(segments, batches, records, bytes, logStart, offset, epoch, List.copyOf(findings));
    }

    private void inspectListed() throws IOException
    {
        final List<Path> named = new ArrayList<>();
        final List<Path> waiting = new ArrayList<>();
        if (null != only && !SegmentDescriptor.isLogFile(only))
        {
            named.add(only);
        }
        else
        {
            list(named, waiting);
            putCompacted(named);
        }

        for (int i = 0; i < named.size() && !isEnded; i++)
        {
            final long nextBase = i + 1 < named.size() ? baseOffsetOf(named.get(i + 1)) : -1;
            final boolean isWanted = null == only || only.equals(named.get(i));
            if (isWanted && (nextBase < 0 || nextBase > Math.max(fromOffset, facts.logStart())))
            {
                inspect(named.get(i), nextBase);
            }
        }
        if (!isEnded && null == only)
        {
            takeWaiting(waiting);
            followNamed();
            checkEnd(named.isEmpty());
        }
    }

    /** Segments that got their names since the directory was listed. */
    private void followNamed() throws IOException
    {
        for (int i = 0; i < LIVE_ATTEMPTS && facts.isLive() && offset >= 0 && !isEnded; i++)
        {
            final Path file = SegmentDescriptor.logFile(directory, offset);
            if (null != last && last.baseOffset() == offset || !Files.exists(file))
            {
                return;
            }
            inspect(file, -1);
        }
    }

    private void list(final List<Path> named, final List<Path> waiting) throws IOException
    {
        try (Stream<Path> files = Files.list(directory))
        {
            files.sorted().forEach(
                (file) ->
                {
                    if (SegmentDescriptor.isLogFile(file))
                    {
                        named.add(file);
                    }
                    else if (SegmentDescriptor.isNextFile(file))
                    {
                        waiting.add(file);
                    }
                });
        }
    }

    /** Where a compaction was interrupted: the segment that it made counts, and not those that it was made from. */
    private void putCompacted(final List<Path> named) throws IOException
    {
        final List<Path> swaps;
        try (Stream<Path> files = Files.list(directory))
        {
            swaps = files.filter((file) -> file.toString().endsWith(CompactionFiles.SWAP_SUFFIX)).sorted().toList();
        }
        for (final Path swap : swaps)
        {
            final long end = endOf(swap);
            final long base = baseOffsetOf(swap);
            if (end > base)
            {
                named.removeIf((file) -> baseOffsetOf(file) >= base && baseOffsetOf(file) < end);
                named.add(swap);
                named.sort(Comparator.comparingLong(LogInspector::baseOffsetOf));
            }
        }
    }

    /** Offset behind the last batch; -1 where it has got its name meanwhile. */
    private long endOf(final Path swap) throws IOException
    {
        try (SegmentScan scan = new SegmentScan(swap))
        {
            final String fault = scan.readHeader(topicId, partition);
            if (null != fault)
            {
                add(Kind.DAMAGE, swap, -1, 0, 0, fault + ". " + remedy());
                return -1;
            }
            scan.begin(-1);
            while (null == scan.fault())
            {
                scan.pass();
            }

            return scan.offset();
        }
        catch (final NoSuchFileException ex)
        {
            if (!facts.isLive())
            {
                throw ex;
            }
            return -1;
        }
    }

    private static long baseOffsetOf(final Path file)
    {
        final String name = file.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    /**
     * @param nextBase base offset of the segment behind it, -1 for the last one.
     */
    private void inspect(final Path file, final long nextBase) throws IOException
    {
        try (SegmentScan scan = new SegmentScan(file))
        {
            final String fault = scan.readHeader(topicId, partition);
            if (null != fault)
            {
                if (!isGone(scan, file))
                {
                    add(Kind.DAMAGE, file, -1, 0, 0, fault + ". " + remedy());
                }
                offset = nextBase;
                return;
            }
            checkName(file, scan.info());
            scan(scan, nextBase);
        }
        catch (final NoSuchFileException ex)
        {
            if (!facts.isLive())
            {
                throw ex;
            }
            add(Kind.SEGMENT_GONE, file, -1, 0, 0, "went away while the log was read, as retention does");
            offset = nextBase;
        }
    }

    private void checkName(final Path file, final SegmentInfo info)
    {
        if (SegmentDescriptor.isLogFile(file) && baseOffsetOf(file) != info.baseOffset())
        {
            add(Kind.DAMAGE, file, info.baseOffset(), 0, 0,
                "name and header disagree, the header says base offset " + info.baseOffset() + ". " + remedy());
        }
        if (offset >= 0 && info.baseOffset() != offset)
        {
            add(Kind.DAMAGE, file, info.baseOffset(), 0, 0,
                "the segment begins at offset " + info.baseOffset() + ", the one before it ends at " + offset + ". " +
                remedy());
        }
    }

    private void scan(final SegmentScan scan, final long nextBase) throws IOException
    {
        final SegmentInfo info = scan.info();
        visitor.onSegment(info);
        segments++;
        if (logStart < 0)
        {
            logStart = info.baseOffset();
        }
        if (scan.actualLength() != info.fileLength() && !facts.isLive())
        {
            add(Kind.LENGTH, info.file(), -1, 0, 0, "has " + scan.actualLength() + " bytes, its header says " +
                info.fileLength() + "; the next start sets that right");
        }

        scan.begin(epoch);
        String fault = walk(scan);
        if (nextBase < 0 && facts.isLive())
        {
            fault = walkOn(scan, fault);
        }
        epoch = scan.epoch();
        offset = scan.offset();
        last = info;
        lastPosition = scan.position();
        if (!isEnded)
        {
            judge(scan, nextBase, fault);
        }
    }

    /**
     * While the log goes on, bytes that are no batch are what the owner is writing. Unless a later batch lies behind
     * them: then they were finished before that one was, and are read once more.
     */
    private String walkOn(final SegmentScan scan, final String seen) throws IOException
    {
        String fault = seen;
        while (!isEnded && scan.isFollowedByBatch())
        {
            scan.refresh();
            fault = scan.fault();
            if (null != fault)
            {
                if (!isGone(scan, scan.info().file()))
                {
                    addDamage(scan, fault);
                }
                break;
            }
            fault = walk(scan);
        }

        return fault;
    }

    private String walk(final SegmentScan scan) throws IOException
    {
        String fault = scan.fault();
        while (null == fault && !isEnded)
        {
            final int index = scan.index();
            batches++;
            records += RecordBatchDescriptor.recordCount(scan.buffer(), index);
            bytes += scan.batchLength();
            if (RecordBatchDescriptor.nextOffset(scan.buffer(), index) > fromOffset)
            {
                isEnded = !visitor.onBatch(
                    scan.info(), scan.position(), scan.buffer(), index, scan.batchLength());
            }
            scan.pass();
            fault = isEnded ? null : scan.fault();
        }

        return fault;
    }

    /** The batches end here: whether they may. */
    private void judge(final SegmentScan scan, final long nextBase, final String fault) throws IOException
    {
        final Path file = scan.info().file();
        final boolean isSealed = nextBase >= 0;
        if (isSealed && scan.offset() == nextBase)
        {
            return;
        }
        if (isSealed && facts.isLive() && isGone(scan, file))
        {
            offset = nextBase;
            return;
        }

        final boolean isBelowRecoveryPoint = scan.offset() < recoveryPoint;
        final boolean isAboveRecoveryPoint = recoveryPoint >= 0 && !isBelowRecoveryPoint;
        if (isSealed && (facts.isLive() || null != facts.cleanState() || !isAboveRecoveryPoint))
        {
            addDamage(scan, fault + ", the next segment begins at offset " + nextBase);
            offset = nextBase;
        }
        else if (isBelowRecoveryPoint)
        {
            addDamage(scan, fault + ", below the recovery point " + recoveryPoint);
        }
        else if (!facts.isLive() && null == facts.cleanState())
        {
            addTornTail(scan, fault, nextBase);
        }
        else if (null != facts.cleanState())
        {
            addBehindCleanEnd(scan);
        }
    }

    private void addTornTail(final SegmentScan scan, final String fault, final long nextBase) throws IOException
    {
        final long length = scan.tornLength();
        if (length > 0 || nextBase >= 0)
        {
            final String later = scan.isFollowedByBatch() ? " (whole batches lie behind it)" : "";
            final String segment = nextBase < 0 ? "" :
                "; the segments behind it, from offset " + nextBase + " on, go with it";
            add(Kind.TORN_TAIL, scan.info().file(), scan.offset(), scan.position(), length,
                fault + later + ". Recovery will cut it" + segment);
        }
        if (nextBase >= 0)
        {
            isEnded = true;
        }
    }

    /** Bytes of a batch that was refused or given back may lie behind the end, but never a batch's header. */
    private void addBehindCleanEnd(final SegmentScan scan) throws IOException
    {
        final boolean isBehind = scan.info().isReused() ? scan.tornLength() > 0 : !scan.isHeaderPlaceEmpty();
        if (isBehind && scan.offset() <= facts.cleanState().logEnd())
        {
            add(Kind.DAMAGE, scan.info().file(), scan.offset(), scan.position(), Math.max(8, scan.tornLength()),
                "bytes behind the end of a log that was closed in order. " + remedy());
        }
    }

    private void addDamage(final SegmentScan scan, final String text)
    {
        add(Kind.DAMAGE, scan.info().file(), scan.offset(), scan.position(), 0, text + ". " + remedy());
    }

    private static String remedy()
    {
        return "Put the file back from a copy or a replica, or delete the topic";
    }

    private void add(
        final Kind kind,
        final Path file,
        final long at,
        final long position,
        final long length,
        final String text)
    {
        findings.add(new LogFinding(kind, file, at, position, length, text));
    }

    /** A file that lost its name, or whose header was wiped for reuse, is no part of a log any more. */
    private boolean isGone(final SegmentScan scan, final Path file) throws IOException
    {
        if (!facts.isLive() || Files.exists(file) && null == scan.readHeader(topicId, partition))
        {
            return false;
        }

        add(Kind.SEGMENT_GONE, file, -1, 0, 0, "went away while it was read, as retention does");
        return true;
    }

    /** Files that the log moved into and that have not got their name yet: those that continue it. */
    private void takeWaiting(final List<Path> waiting) throws IOException
    {
        boolean isTaken = null == facts.cleanState() && offset >= 0;
        while (isTaken && !isEnded)
        {
            isTaken = false;
            for (int i = 0; i < waiting.size() && !isTaken; i++)
            {
                isTaken = takeWaiting(waiting.get(i));
                if (isTaken)
                {
                    waiting.remove(i);
                }
            }
        }
    }

    private boolean takeWaiting(final Path file) throws IOException
    {
        try (SegmentScan scan = new SegmentScan(file))
        {
            if (null != scan.readHeader(topicId, partition) || scan.info().baseOffset() != offset)
            {
                return false;
            }
            if (!facts.isLive())
            {
                add(Kind.UNNAMED_SEGMENT, file, offset, 0, 0,
                    "continues the log and has not got its name yet; the next start gives it");
            }
            scan(scan, -1);
            return true;
        }
        catch (final NoSuchFileException ex)
        {
            // The engine has named it, or deleted it.
            if (!facts.isLive())
            {
                throw ex;
            }
            return false;
        }
    }

    private void checkEnd(final boolean isEmpty)
    {
        final CleanState clean = facts.cleanState();
        if (isEmpty)
        {
            final long wanted = Math.max(null == clean ? 0 : clean.logEnd(), recoveryPoint);
            if (wanted > 0)
            {
                add(Kind.DAMAGE, directory, 0, 0, 0,
                    "the segments are gone; the log ended at offset " + wanted + " or later. " + remedy());
            }
            return;
        }

        if (null != clean && null != last && (offset != clean.logEnd() ||
            last.baseOffset() != clean.activeBaseOffset() || lastPosition != clean.activePosition()))
        {
            add(Kind.DAMAGE, last.file(), offset, lastPosition, 0,
                "the batches end at offset " + offset + ", position " + lastPosition + "; when the log was closed " +
                "they ended at offset " + clean.logEnd() + ", position " + clean.activePosition() +
                " of the segment with base offset " + clean.activeBaseOffset() + ". " + remedy());
        }
        else if (offset < recoveryPoint && findings.isEmpty())
        {
            add(Kind.DAMAGE, null == last ? directory : last.file(), offset, lastPosition, 0,
                "the log ends at offset " + offset + ", below the recovery point " + recoveryPoint + ". " +
                remedy());
        }
    }
}
