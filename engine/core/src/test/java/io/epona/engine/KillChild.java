package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchBuilder;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/**
 * An engine in a process of its own that appends as fast as it can, rolls, gives segments back, compacts, closes and
 * starts again, until it is killed. What is acknowledged it notes in a mapped file, which outlives it.
 * <p>
 * A record tells its offset and the life of the engine that appended it, and its offset tells its key and its length:
 * whoever finds it can say whether it is where it belongs.
 */
public final class KillChild
{
    /** Appended to in turn. */
    static final String[] TOPICS = { "kept", "short", "compacted", "committed" };
    static final int NOTES_LENGTH = 4096;
    /** Of all acknowledged records. */
    static final int COUNT_INDEX = 0;
    /** Of what recovery cut at the starts in this process. */
    static final int CUTS_INDEX = 64;
    static final int KEYS = 37;
    private static final int ENDS_INDEX = 8;
    private static final int LENGTH_MAX = 200 * 1024;
    private static final int MESSAGE_MAX = 220 * 1024;
    private static final int SEGMENT_BYTES = 256 * 1024;
    private static final int LIFE_MAX = 60;
    private static final int COMMITTED = 3;
    /** A sync takes its time, in which nothing else happens that a kill could hit. */
    private static final int COMMIT_EVERY = 4;
    private static final int BATCH_OVERHEAD = 256;
    private static final int HALF_WRITTEN_SPINS = 20_000;

    private final UnsafeBuffer notes;
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[LENGTH_MAX]);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Long.BYTES]);
    private final UnsafeBuffer staging = new UnsafeBuffer(new byte[2 * LENGTH_MAX]);
    private final RecordBatchBuilder builder = new RecordBatchBuilder(new Crc32c());
    private final Path directory;
    private final Random random;

    private KillChild(final UnsafeBuffer notes, final Path directory, final long seed)
    {
        this.notes = notes;
        this.directory = directory;
        this.random = new Random(seed);
    }

    /** Index in the notes of the end of what is acknowledged in a topic. */
    static int endIndex(final int topic)
    {
        return ENDS_INDEX + topic * Long.BYTES;
    }

    static long keyOf(final long offset)
    {
        return offset * 7919 % KEYS;
    }

    static int lengthOf(final long offset)
    {
        return 2 * Long.BYTES + (int)(offset * 104_729 % (LENGTH_MAX - 2 * Long.BYTES));
    }

    /**
     * @param args directory of the data, file of the notes, seed.
     */
    public static void main(final String[] args)
    {
        final MappedByteBuffer mapped = IoUtil.mapExistingFile(Path.of(args[1]).toFile(), "notes");
        final KillChild child = new KillChild(new UnsafeBuffer(mapped), Path.of(args[0]), Long.parseLong(args[2]));
        try (PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true))
        {
            try
            {
                int life;
                do
                {
                    life = child.live(err);
                }
                while (life > 0);
            }
            catch (final RuntimeException ex)
            {
                ex.printStackTrace(err);
            }
        }
    }

    /** From start to close; returns the engine's epoch. */
    private int live(final PrintStream err)
    {
        final Engine.Context ctx = new Engine.Context()
            .dataDir(directory)
            .segmentBytes(SEGMENT_BYTES)
            .maxMessageBytes(MESSAGE_MAX)
            .errorHandler((error) -> error.printStackTrace(err))
            .recoveryListener(
                (file, offset, position, length, reason) -> notes.getAndAddLong(CUTS_INDEX, 1));
        try (Engine engine = Engine.launch(ctx))
        {
            if (null == engine.topic(TOPICS[0]))
            {
                engine.createTopic(TOPICS[0], 1);
            }
            if (null == engine.topic(TOPICS[1]))
            {
                engine.createTopic(TOPICS[1], 1, Map.of("retention.bytes", "2m"));
            }
            if (null == engine.topic(TOPICS[2]))
            {
                engine.createTopic(TOPICS[2], 1, Map.of(
                    "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.01"));
            }
            if (null == engine.topic(TOPICS[COMMITTED]))
            {
                engine.createTopic(TOPICS[COMMITTED], 1, Map.of("flush.policy", "commit", "retention.bytes", "2m"));
            }
            final int rounds = 1 + random.nextInt(LIFE_MAX);
            for (int i = 0; i < rounds; i++)
            {
                for (int topic = 0; topic < TOPICS.length; topic++)
                {
                    if (COMMITTED != topic || 0 == i % COMMIT_EVERY)
                    {
                        append(engine, topic);
                    }
                }
            }
            for (final String topic : TOPICS)
            {
                engine.partition(topic, 0).owner(null);
            }
            return engine.brokerEpoch();
        }
    }

    private void append(final Engine engine, final int topic)
    {
        final Partition partition = engine.partition(TOPICS[topic], 0);
        partition.owner(Thread.currentThread());
        final long offset = partition.logEnd();
        final int length = lengthOf(offset);
        key.putLong(0, keyOf(offset));
        value.setMemory(0, length, (byte)offset);
        value.putLong(0, offset);
        value.putLong(Long.BYTES, engine.brokerEpoch());
        long result;
        if (0 == (offset & 1))
        {
            builder.begin(staging, 0, staging.capacity(), offset);
            builder.append(offset, key, 0, Long.BYTES, value, 0, length);
            final int batchLength = builder.finish();
            do
            {
                result = partition.appendBatch(staging, 0, batchLength, engine.context().clock().nowNs());
            }
            while (ResultCode.BACK_PRESSURED.code() == result);
        }
        else
        {
            RecordBatchBuilder open;
            do
            {
                open = partition.tryBeginBatch(length + BATCH_OVERHEAD, offset);
            }
            while (null == open);
            open.append(offset, key, 0, Long.BYTES, value, 0, length);
            // Half written for most of the time, so that many a kill finds it so.
            for (int i = 0; i < HALF_WRITTEN_SPINS; i++)
            {
                Thread.onSpinWait();
            }
            result = partition.commitBatch(engine.context().clock().nowNs());
        }
        if (offset != result)
        {
            throw new IllegalStateException(TOPICS[topic] + ": expected " + offset + ", got " + result);
        }
        while (partition.highWatermark() <= offset)
        {
            // Acknowledged is what is committed: at once, or once it is on disk.
            Thread.yield();
        }
        notes.putLongOrdered(endIndex(topic), offset + 1);
        notes.putLongOrdered(COUNT_INDEX, notes.getLong(COUNT_INDEX) + 1);
    }
}
