package io.epona.broker.cli;

import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.File;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The counters of a running broker in a mapped file of its data directory, so that another process sees them without
 * asking the broker: {@code counters}, written again every second by the thread that waits for the broker's end.
 * <pre>
 *   0                   8                   16                  24                  32        36
 *   +-------------------+-------------------+-------------------+-------------------+---------+---------------+
 *   | magic         i64 | sequence      i64 | pid           i64 | epoch ms      i64 | length  | lines, UTF-8  |
 *   +-------------------+-------------------+-------------------+-------------------+---------+---------------+
 *   a line: value, tab, name, line feed; little-endian
 * </pre>
 * The sequence is odd while the rest is being written: a reader that sees an odd one, or another one after than before,
 * looks again.
 * <p>
 * Written by one thread; any process may read.
 */
final class CountersFile implements AutoCloseable
{
    static final String FILE_NAME = "counters";

    private static final long MAGIC = 0x31305453_4E4F5045L;
    private static final int SEQUENCE_OFFSET = 8;
    private static final int PID_OFFSET = 16;
    private static final int TIME_OFFSET = 24;
    private static final int LENGTH_OFFSET = 32;
    private static final int TEXT_OFFSET = 36;
    private static final int FILE_LENGTH = 64 * 1024;
    private static final int READ_ATTEMPTS = 1_000_000;

    private final Path file;
    private final MappedByteBuffer mapping;
    private final UnsafeBuffer buffer;
    private long sequence;

    private CountersFile(final Path file, final MappedByteBuffer mapping)
    {
        this.file = file;
        this.mapping = mapping;
        buffer = new UnsafeBuffer(mapping);
    }

    /**
     * What the file held at a time.
     *
     * @param pid    of the broker.
     * @param timeMs epoch milliseconds at which it was written.
     * @param values by name, in the broker's order.
     */
    record Snapshot(long pid, long timeMs, Map<String, Long> values)
    {
    }

    /**
     * Begin a new file.
     *
     * @param dataDir of the broker, which holds its lock.
     * @return the file, without counters yet.
     */
    static CountersFile create(final Path dataDir)
    {
        final File file = dataDir.resolve(FILE_NAME).toFile();
        // A reader of the former file keeps that one.
        IoUtil.deleteIfExists(file);
        final CountersFile created = new CountersFile(file.toPath(), IoUtil.mapNewFile(file, FILE_LENGTH, true));
        created.buffer.putLong(PID_OFFSET, ProcessHandle.current().pid(), ByteOrder.LITTLE_ENDIAN);

        return created;
    }

    /**
     * Replace what the file holds. Names for which there is no room are left out.
     *
     * @param values by name.
     * @param timeMs epoch milliseconds.
     */
    void write(final Map<String, Long> values, final long timeMs)
    {
        buffer.putLongVolatile(SEQUENCE_OFFSET, ++sequence);
        VarHandle.fullFence();
        int position = TEXT_OFFSET;
        for (final Map.Entry<String, Long> entry : values.entrySet())
        {
            final byte[] line = (entry.getValue() + "\t" + entry.getKey().replace('\n', ' ') + "\n")
                .getBytes(StandardCharsets.UTF_8);
            if (position + line.length > FILE_LENGTH)
            {
                break;
            }
            buffer.putBytes(position, line);
            position += line.length;
        }
        buffer.putLong(TIME_OFFSET, timeMs, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(LENGTH_OFFSET, position - TEXT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(0, MAGIC, ByteOrder.LITTLE_ENDIAN);
        // Pairs with the first look of the reader: who sees an even sequence sees all that was written before it.
        buffer.putLongVolatile(SEQUENCE_OFFSET, ++sequence);
    }

    /**
     * Read the file.
     *
     * @param dataDir of a broker.
     * @return what it holds, or null where there is no such file, or nothing was written to it yet.
     * @throws IOException where it cannot be read.
     */
    static Snapshot read(final Path dataDir) throws IOException
    {
        final Path file = dataDir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file) || Files.size(file) < FILE_LENGTH)
        {
            return null;
        }
        final MappedByteBuffer mapping;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ))
        {
            mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, FILE_LENGTH);
        }
        try
        {
            return read(new UnsafeBuffer(mapping));
        }
        finally
        {
            IoUtil.unmap(mapping);
        }
    }

    private static Snapshot read(final UnsafeBuffer buffer)
    {
        for (int i = 0; i < READ_ATTEMPTS; i++)
        {
            final long before = buffer.getLongVolatile(SEQUENCE_OFFSET);
            final long magic = buffer.getLong(0, ByteOrder.LITTLE_ENDIAN);
            final long pid = buffer.getLong(PID_OFFSET, ByteOrder.LITTLE_ENDIAN);
            final long timeMs = buffer.getLong(TIME_OFFSET, ByteOrder.LITTLE_ENDIAN);
            final int length = buffer.getInt(LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
            final byte[] text = new byte[Math.max(0, Math.min(length, FILE_LENGTH - TEXT_OFFSET))];
            buffer.getBytes(TEXT_OFFSET, text);
            // What was read above stays above the second look.
            VarHandle.acquireFence();
            if (0 == (before & 1) && before == buffer.getLongVolatile(SEQUENCE_OFFSET))
            {
                return MAGIC == magic ? new Snapshot(pid, timeMs, values(text)) : null;
            }
            Thread.onSpinWait();
        }

        return null;
    }

    private static Map<String, Long> values(final byte[] text)
    {
        final Map<String, Long> values = new LinkedHashMap<>();
        for (final String line : new String(text, StandardCharsets.UTF_8).split("\n"))
        {
            final int tab = line.indexOf('\t');
            if (tab > 0)
            {
                values.put(line.substring(tab + 1), Long.parseLong(line.substring(0, tab)));
            }
        }

        return values;
    }

    /** Delete the file: no broker runs here any more. */
    @Override
    public void close()
    {
        IoUtil.deleteIfExists(file.toFile());
        IoUtil.unmap(mapping);
    }
}
