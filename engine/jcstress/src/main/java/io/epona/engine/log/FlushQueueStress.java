package io.epona.engine.log;

import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * What waits for the disk is served: no batch waits for a sync that nobody makes.
 * <p>
 * A request moves the log from idle to queued, or from running to running again. The owner publishes the batch, then a
 * full fence, then looks at the phase; a run says that it runs by a volatile compare-and-set, and then samples the log
 * end. Where the owner finds the phase queued, the run is still to come and its compare-and-set follows the owner's
 * look, so that it sees the batch. Where it finds it running, its compare-and-set to running again makes the end of
 * that run fail to go idle, and queues the log anew.
 */
@JCStressTest
@State
@Outcome(id = "1", expect = ACCEPTABLE, desc = "on disk")
@Outcome(expect = FORBIDDEN, desc = "forgotten")
public class FlushQueueStress
{
    private final FlushQueue queue = new FlushQueue(1, 1);
    private final LogPositions positions = StressLog.positions(0, FlushPolicy.COMMIT);
    private final LogFlusher flusher = Disk.flusher(queue, positions);

    /** The log waits already, or a run is under way, when the batch comes. */
    public FlushQueueStress()
    {
        flusher.request();
    }

    /** The owner appends. */
    @Actor
    public void owner()
    {
        positions.publish(StressLog.SLOT_LENGTH, 1);
        positions.highWatermark(1);
        flusher.request();
    }

    /** A flusher serves what waits. */
    @Actor
    public void first()
    {
        queue.drain();
    }

    /** Another one too. */
    @Actor
    public void second()
    {
        queue.drain();
    }

    /**
     * Flushers serve what is left.
     *
     * @param result end of what is on disk.
     */
    @Arbiter
    public void end(final I_Result result)
    {
        queue.drain();
        result.r1 = (int)positions.flushedEnd();
    }

    /**
     * A flusher that finds nothing does not sleep over a log that comes at that moment: it names itself as parked and
     * looks again, the other side puts the log in and looks for who is parked. Between store and look both have a full
     * fence (a volatile store, an explicit one), so one of the two sees the other: the flusher does not park, or its
     * name is taken and it is unparked.
     */
    @JCStressTest
    @State
    @Outcome(id = {"true, false", "false, false", "false, true"}, expect = ACCEPTABLE, desc = "woken, or awake")
    @Outcome(expect = FORBIDDEN, desc = "asleep, and a log waits")
    public static class Park
    {
        private final FlushQueue queue = new FlushQueue(1, 1);
        private final LogFlusher flusher = Disk.flusher(queue, StressLog.positions(0, FlushPolicy.COMMIT));

        /**
         * The flusher has found nothing.
         *
         * @param result whether it goes to sleep.
         */
        @Actor
        public void flusher(final ZZ_Result result)
        {
            result.r1 = queue.isToPark(0, Thread.currentThread());
        }

        /** A log needs the disk. */
        @Actor
        public void owner()
        {
            flusher.request();
        }

        /**
         * Whether the flusher's name still stands there: nobody has woken it.
         *
         * @param result whether it does.
         */
        @Arbiter
        public void end(final ZZ_Result result)
        {
            result.r2 = queue.isParked(0);
        }
    }

    /** A disk that does nothing at once, and logs on it. */
    private static final class Disk implements Storage.Region
    {
        private static final LogConfig CONFIG = new LogConfig().withFlush(FlushPolicy.COMMIT, 1);
        private static final Path DIRECTORY = Path.of("t-0");
        private static final Storage STORAGE = (Storage)Proxy.newProxyInstance(
            Storage.class.getClassLoader(), new Class<?>[] { Storage.class },
            (proxy, method, arguments) ->
            {
                throw new UnsupportedOperationException(method.toString());
            });
        private static final LogCleaner CLEANER = new LogCleaner();
        private static final SegmentFile FILE = file();

        private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LogConfig.SEGMENT_BYTES_MIN]);

        private static SegmentFile file()
        {
            final Storage.Region region = new Disk();
            final Storage mapping = (Storage)Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] { Storage.class },
                (proxy, method, arguments) -> region);
            final SegmentFile file = new SegmentFile(
                mapping, DIRECTORY.resolve("0.log"), LogConfig.SEGMENT_BYTES_MIN, CONFIG,
                LogConfig.SEGMENT_BYTES_MIN);
            // Mapped once, before the states are made.
            file.region();

            return file;
        }

        static LogFlusher flusher(final FlushQueue queue, final LogPositions positions)
        {
            final Segment segment = new Segment(FILE, 0);
            segment.begin(0, 0, SegmentDescriptor.HEADER_LENGTH);
            segment.markNamed();
            final LogState state = new LogState(1, 0, positions, TimestampType.CREATE_TIME, new Segment[] { segment });
            final LogContext context = new LogContext(
                STORAGE, () -> 0,
                (error) ->
                {
                    throw new IllegalStateException(error);
                },
                (file, offset, position, length, reason) ->
                {
                    throw new IllegalStateException(reason);
                },
                queue, CLEANER);

            return new LogFlusher(context, DIRECTORY, CONFIG, state, List.of(segment));
        }

        @Override
        public UnsafeBuffer buffer()
        {
            return buffer;
        }

        @Override
        public void force(final int index, final int length)
        {
            // It is on disk.
        }

        @Override
        public void unmap()
        {
            throw new UnsupportedOperationException();
        }
    }
}
