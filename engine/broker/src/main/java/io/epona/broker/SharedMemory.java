package io.epona.broker;

import java.nio.file.Path;
import java.util.function.ToLongFunction;

/**
 * Watches the file system that holds the Aeron directory. Term buffers are sparse files: where the memory behind them
 * runs out, the next store kills the process, so lanes are refused before.
 * <p>
 * Any thread.
 */
final class SharedMemory
{
    /** What Aeron's driver takes with the buffer lengths that we give it, rounded up. */
    static final long DRIVER_LENGTH = 12L * 1024 * 1024;
    /** Sessions that must fit, each with a lane of every kind, for a start to make sense. */
    static final int MIN_SESSIONS = 2;
    private static final long MIB = 1024 * 1024;

    private final Path directory;
    private final ToLongFunction<Path> usableBytes;
    private final long laneLength;
    private final long sessionLength;
    private final long linksLength;

    /**
     * @param directory     an existing directory of the file system.
     * @param usableBytes   asks a file system what is left.
     * @param laneLength    of the largest lane, in bytes.
     * @param sessionLength of a session with a lane of every kind, in bytes.
     * @param linksLength   of the streams to the other brokers that hold replicas of its partitions, 0 where it is
     *                      alone, in bytes.
     */
    SharedMemory(
        final Path directory,
        final ToLongFunction<Path> usableBytes,
        final long laneLength,
        final long sessionLength,
        final long linksLength)
    {
        this.directory = directory;
        this.usableBytes = usableBytes;
        this.laneLength = laneLength;
        this.sessionLength = sessionLength;
        this.linksLength = linksLength;
    }

    /**
     * Refuse to start where the first sessions would not fit.
     *
     * @throws BrokerException with the sizes and the remedy.
     */
    void check()
    {
        final long required = DRIVER_LENGTH + MIN_SESSIONS * sessionLength + linksLength;
        final long available = usableBytes.applyAsLong(directory);
        if (available < required)
        {
            throw BrokerException.infrastructure(
                "not enough shared memory: " + directory + " has " + available / MIB + " MiB free, the broker needs " +
                (required / MIB + 1) + " MiB for its media driver" +
                (0 == linksLength ? "" : ", the streams between brokers") + " and the first " + MIN_SESSIONS +
                " sessions. Give it more (docker run --shm-size=1g), or use a directory on disk: " +
                "--set aeron.dir=/tmp/epona-aeron",
                null);
        }
    }

    /**
     * @return whether another lane fits, with one more to spare.
     */
    boolean hasRoomForLane()
    {
        return usableBytes.applyAsLong(directory) > 2 * laneLength;
    }
}
