package io.epona.engine.node;

import io.epona.engine.Storage;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/**
 * The file {@code published}: the end of each log as it was last published, in mapped memory, so that it outlives the
 * process but not the host. A start that finds a log shorter than this knows that pages were dropped. Never forced:
 * after a boot it says nothing, and {@link LifeFile} tells that there was one.
 * <pre>
 *  0      magic "EPONENDS", then zeros up to 32
 *  32 * n  topicId i64 | end i64 | partition i32 | used i32 (1) | zero i64        n from 1, native byte order
 * </pre>
 * Made, mapped and assigned by the housekeeper; the word of a log is stored by the log's owner.
 */
final class PublishedEnds
{
    static final String FILE_NAME = "published";

    private static final String MAGIC = "EPONENDS";
    private static final int SLOT_LENGTH = 32;
    private static final int END_INDEX = 8;
    private static final int PARTITION_INDEX = 16;
    private static final int USED_INDEX = 20;

    private final Storage.Region region;
    private final UnsafeBuffer buffer;
    private final TreeMap<PartitionId, Integer> slots = new TreeMap<>();
    private final ArrayDeque<Integer> free = new ArrayDeque<>();

    private PublishedEnds(final Storage.Region region)
    {
        this.region = region;
        this.buffer = region.buffer();
    }

    /**
     * Read what the life before has left. Blocks.
     *
     * @param storage   of the directory.
     * @param directory of the broker.
     * @return ends by partition; null where there is no such file, so that nothing is known.
     * @throws IOException where it cannot be read.
     */
    static Map<PartitionId, Long> read(final Storage storage, final Path directory) throws IOException
    {
        final Path file = directory.resolve(FILE_NAME);
        if (!storage.exists(file))
        {
            return null;
        }

        final UnsafeBuffer bytes = new UnsafeBuffer(storage.read(file));
        if (bytes.capacity() < SLOT_LENGTH || !MAGIC.equals(bytes.getStringWithoutLengthAscii(0, MAGIC.length())))
        {
            return null;
        }

        final Map<PartitionId, Long> ends = new TreeMap<>();
        for (int slot = SLOT_LENGTH; slot <= bytes.capacity() - SLOT_LENGTH; slot += SLOT_LENGTH)
        {
            if (0 != bytes.getInt(slot + USED_INDEX))
            {
                ends.put(
                    new PartitionId(bytes.getLong(slot), bytes.getInt(slot + PARTITION_INDEX)),
                    bytes.getLong(slot + END_INDEX));
            }
        }

        return ends;
    }

    /**
     * Begin with an empty file. Blocks.
     *
     * @param storage       of the directory.
     * @param directory     of the broker.
     * @param maxPartitions that can have a place at once.
     * @return the ends.
     * @throws IOException where the file cannot be made.
     */
    static PublishedEnds create(final Storage storage, final Path directory, final int maxPartitions)
        throws IOException
    {
        final Path file = directory.resolve(FILE_NAME);
        storage.delete(file);
        final int length = SLOT_LENGTH * (maxPartitions + 1);
        storage.create(file, length);
        storage.preallocate(file, 0, length);

        final PublishedEnds ends = new PublishedEnds(storage.map(file, length));
        for (int i = 1; i <= maxPartitions; i++)
        {
            ends.free.add(i * SLOT_LENGTH);
        }
        ends.buffer.putStringWithoutLengthAscii(0, MAGIC);

        return ends;
    }

    /**
     * Give a log its place.
     *
     * @param id  of the partition.
     * @param end of the log.
     * @return index of its word, to be stored to from now on; -1 where no place is left.
     */
    int add(final PartitionId id, final long end)
    {
        final Integer slot = free.poll();
        if (null == slot)
        {
            return -1;
        }

        slots.put(id, slot);
        buffer.putLong(slot, id.topicId());
        buffer.putLong(slot + END_INDEX, end);
        buffer.putInt(slot + PARTITION_INDEX, id.partition());
        // From here on it counts.
        buffer.putIntOrdered(slot + USED_INDEX, 1);

        return slot + END_INDEX;
    }

    /**
     * The files of a log are about to go.
     *
     * @param id of the partition.
     */
    void remove(final PartitionId id)
    {
        final Integer slot = slots.remove(id);
        if (null != slot)
        {
            buffer.putIntOrdered(slot + USED_INDEX, 0);
            free.push(slot);
        }
    }

    /**
     * @return memory that holds the words.
     */
    UnsafeBuffer buffer()
    {
        return buffer;
    }

    /** No owner of a log stores any more. */
    void close()
    {
        region.unmap();
    }
}
