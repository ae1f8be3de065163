package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.DataDirectory.PartitionDirectory;
import io.epona.engine.local.LocalCoordination;
import io.epona.engine.log.CleanState;
import io.epona.engine.log.FileStorage;
import io.epona.engine.log.LogCheckpoint;
import io.epona.engine.log.LogFacts;
import io.epona.engine.log.LogFinding;
import io.epona.engine.log.LogFinding.Kind;
import io.epona.engine.log.LogInspector;
import io.epona.engine.log.LogVisitor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What an engine's directory, or a part of it, holds, found out by reading alone: the way to {@link LogInspector} for
 * people who have a path. Creates, locks and changes nothing, and works beside a running engine.
 * <p>
 * Used by one thread. Blocks.
 */
public final class DirectoryInspector
{
    /** How the engine on a directory ended. */
    public enum State
    {
        /** It runs. */
        LIVE,
        /** It was closed in order. */
        CLEAN,
        /** It was killed, or the machine stopped. */
        KILLED,
        /** The path is not in a data directory. */
        UNKNOWN
    }

    /**
     * A log to be inspected.
     *
     * @param directory of the partition.
     * @param topic     name, or "" where the directory's name does not say it.
     * @param topicId   of the topic.
     * @param partition in the topic.
     * @param facts     known from the data directory.
     * @param only      the one file that was asked for, or null for all.
     */
    public record Log(Path directory, String topic, long topicId, int partition, LogFacts facts, Path only)
    {
        /**
         * @param visitor told of segments and batches.
         * @return an inspector of this log.
         */
        public LogInspector inspector(final LogVisitor visitor)
        {
            return new LogInspector(directory, topicId, partition, facts, visitor).only(only);
        }
    }

    private final List<Log> logs = new ArrayList<>();
    private final List<LogFinding> findings = new ArrayList<>();
    private final Path path;
    private State state = State.UNKNOWN;
    /** What the clean marker says, by topic id and partition; null where there is none. */
    private Map<String, CleanMarker.Entry> marked;
    /** What the checkpoint says, by topic id and partition. */
    private final Map<String, LogCheckpoint> checkpoints = new HashMap<>();

    private DirectoryInspector(final Path path)
    {
        this.path = path;
    }

    /**
     * Look at a path.
     *
     * @param path   a data directory, the directory of a partition or a segment file.
     * @param isLive whether to take for granted that an engine runs on it, because that cannot be seen from here.
     * @return what is there.
     * @throws EngineException INVALID_NAME where the path is none of these, DATA_LOSS where it cannot be said whose the
     *                         file is.
     * @throws IOException     where something cannot be read.
     */
    public static DirectoryInspector open(final Path path, final boolean isLive) throws IOException
    {
        final Path absolute = path.toAbsolutePath().normalize();
        final DirectoryInspector result = new DirectoryInspector(absolute);
        if (Files.isDirectory(absolute))
        {
            if (isDataDirectory(absolute))
            {
                result.readState(absolute, isLive);
                result.openAll();
            }
            else if (null != DataDirectory.parse(absolute) || !segments(absolute).isEmpty())
            {
                result.readState(absolute.getParent(), isLive);
                result.openOne(absolute, null);
            }
            else
            {
                throw refusal(absolute, "is neither a data directory nor that of a partition");
            }
        }
        else if (!Files.exists(absolute))
        {
            throw refusal(absolute, "does not exist");
        }
        else if (absolute.getFileName().toString().endsWith(".log"))
        {
            result.readState(absolute.getParent().getParent(), isLive);
            result.openOne(absolute.getParent(), absolute);
        }
        else
        {
            throw refusal(absolute, "is not a .log file");
        }

        return result;
    }

    private static EngineException refusal(final Path path, final String what)
    {
        return new EngineException(
            ResultCode.INVALID_NAME,
            path + " " + what + ": name a data directory, a partition's directory in it, or a .log file");
    }

    private static boolean isDataDirectory(final Path directory) throws IOException
    {
        if (Files.exists(directory.resolve(BrokerMeta.FILE_NAME)) ||
            Files.exists(directory.resolve(DirectoryLock.FILE_NAME)))
        {
            return true;
        }
        try (Stream<Path> entries = Files.list(directory))
        {
            return entries.anyMatch((entry) -> Files.isDirectory(entry) && null != DataDirectory.parse(entry));
        }
    }

    private static List<Path> segments(final Path directory) throws IOException
    {
        try (Stream<Path> entries = Files.list(directory))
        {
            return entries.filter(LogInspector::isSegmentName).sorted().toList();
        }
    }

    private void readState(final Path dataDirectory, final boolean isLive) throws IOException
    {
        if (null == dataDirectory || !isDataDirectory(dataDirectory))
        {
            state = isLive ? State.LIVE : State.UNKNOWN;
            return;
        }
        readCheckpoint(dataDirectory.resolve(Checkpoint.FILE_NAME));
        if (isLive || LockTable.isLocked(dataDirectory.resolve(DirectoryLock.FILE_NAME)))
        {
            state = State.LIVE;
            return;
        }

        state = State.KILLED;
        final Path file = dataDirectory.resolve(CleanMarker.FILE_NAME);
        if (Files.exists(file))
        {
            final byte[] bytes = Files.readAllBytes(file);
            final String damage = CleanMarker.damage(bytes);
            if (null == damage)
            {
                marked = new HashMap<>();
                CleanMarker.decode(bytes).partitions().forEach(
                    (entry) -> marked.put(key(entry.topicId(), entry.partition()), entry));
                state = State.CLEAN;
            }
            else
            {
                findings.add(new LogFinding(
                    Kind.DERIVED_FILE, file, -1, 0, 0,
                    "the clean marker is damaged (" + damage + "); the next start scans every log"));
            }
        }
    }

    private void readCheckpoint(final Path file) throws IOException
    {
        if (!Files.exists(file))
        {
            return;
        }

        final byte[] bytes = Files.readAllBytes(file);
        final String damage = Checkpoint.damage(bytes);
        if (null == damage)
        {
            Checkpoint.decode(bytes).partitions().forEach(
                (entry) -> checkpoints.put(key(entry.topicId(), entry.partition()), entry.state()));
        }
        else
        {
            findings.add(new LogFinding(
                Kind.DERIVED_FILE, file, -1, 0, 0,
                "the checkpoint is damaged (" + damage + "); nothing says up to where the logs were on disk"));
        }
    }

    private void openAll() throws IOException
    {
        checkMeta();
        try (Stream<Path> entries = Files.list(path))
        {
            for (final Path entry : entries.filter(Files::isDirectory).sorted().toList())
            {
                if (null != DataDirectory.parse(entry))
                {
                    openOne(entry, null);
                }
                else if (entry.getFileName().toString().contains(DataDirectory.STRAY_SUFFIX))
                {
                    findings.add(new LogFinding(
                        Kind.STRAY, entry, -1, 0, 0, "belongs to no topic; delete it if its records are not needed"));
                }
            }
        }
        if (null != marked)
        {
            checkThatNoneIsGone();
        }
    }

    private void checkMeta() throws IOException
    {
        final Path file = path.resolve(BrokerMeta.FILE_NAME);
        final String damage = Files.exists(file) ? BrokerMeta.damage(Files.readAllBytes(file)) : null;
        if (null != damage)
        {
            findings.add(new LogFinding(
                Kind.DAMAGE, file, -1, 0, 0, damage + ". Put it back from a copy of the directory"));
        }
        try
        {
            // Opening it reads the file, if there is one; only changes write it.
            LocalCoordination.open(
                new FileStorage(), path.resolve(LocalCoordination.FILE_NAME), ErrorHandlers.LOG).close();
        }
        catch (final EngineException ex)
        {
            findings.add(new LogFinding(
                Kind.DAMAGE, path.resolve(LocalCoordination.FILE_NAME), -1, 0, 0, ex.getMessage()));
        }
    }

    private void checkThatNoneIsGone()
    {
        final Map<String, CleanMarker.Entry> gone = new TreeMap<>(marked);
        logs.forEach((log) -> gone.remove(key(log.topicId(), log.partition())));
        for (final CleanMarker.Entry entry : gone.values())
        {
            findings.add(new LogFinding(
                Kind.DAMAGE, path, -1, 0, 0,
                "the directory of partition " + entry.partition() + " of the topic with id " +
                Long.toHexString(entry.topicId()) + ", which ended at offset " + entry.state().logEnd() +
                ", is gone. Put it back from a copy, or delete the topic"));
        }
    }

    private void openOne(final Path directory, final Path only) throws IOException
    {
        final PartitionDirectory named = DataDirectory.parse(directory);
        final long[] identity = null == named ?
            identity(directory, only) : new long[]{ named.topicId(), named.partition() };
        final String name = directory.getFileName().toString();
        final String topic = null == named ? "" : name.substring(0, name.lastIndexOf('-', name.lastIndexOf('.')));
        final LogCheckpoint checkpoint = checkpoints.get(key(identity[0], (int)identity[1]));
        final LogFacts facts = new LogFacts(
            State.LIVE == state,
            cleanState(identity[0], (int)identity[1]),
            null == checkpoint ? LogFacts.UNKNOWN : checkpoint.recoveryPoint(),
            null == checkpoint ? 0 : checkpoint.logStart());
        logs.add(new Log(directory, topic, identity[0], (int)identity[1], facts, only));
    }

    /** Of a copy: what the first header that is whole says. */
    private static long[] identity(final Path directory, final Path only) throws IOException
    {
        for (final Path file : null == only ? segments(directory) : List.of(only))
        {
            final long[] identity = LogInspector.identity(file);
            if (null != identity)
            {
                return identity;
            }
        }

        throw new EngineException(
            ResultCode.DATA_LOSS,
            (null == only ? directory : only) + ": no header of a segment that is whole, so nothing says whose it is");
    }

    private CleanState cleanState(final long topicId, final int partition)
    {
        final CleanMarker.Entry entry = null == marked ? null : marked.get(key(topicId, partition));
        return null == entry ? null : entry.state();
    }

    private static String key(final long topicId, final int partition)
    {
        return topicId + "-" + partition;
    }

    /**
     * @return how the engine on the directory ended.
     */
    public State state()
    {
        return state;
    }

    /**
     * @return the logs that the path names, in the order of their names.
     */
    public List<Log> logs()
    {
        return List.copyOf(logs);
    }

    /**
     * @return what there is to say of files that are not a log's.
     */
    public List<LogFinding> findings()
    {
        return List.copyOf(findings);
    }
}
