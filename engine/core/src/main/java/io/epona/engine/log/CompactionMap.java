package io.epona.engine.log;

import io.epona.codecs.batch.RecordDescriptor;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * For each key in a stretch of a log the last record that has it. The memory is off the heap, a table of slots with
 * open addressing, three quarters full at most, in chunks so that it can be made ready in small steps. Owned by the
 * housekeeper, and used for one log at a time.
 * <pre>
 *   slot, 24 bytes
 *    0 hash of the key      i64
 *    8 offset of the record i64
 *   16 place of the record  i64: number of its segment << 32 | its index, 0 where the slot is empty
 * </pre>
 * <b>No record is lost by a collision.</b> Keys are compared byte by byte, at the place of the record that the slot
 * names, whenever their hashes are equal: two keys with one hash have two slots. The hash is seeded, so that nobody
 * can prepare keys that all fall into one row of slots.
 */
final class CompactionMap
{
    static final int SLOT_LENGTH = 24;
    static final int CHUNK_SLOTS = 32 * 1024;
    static final int CHUNK_LENGTH = CHUNK_SLOTS * SLOT_LENGTH;

    /** Offset that {@link #lastOffset} returns where it knows no later record with the key. */
    static final long NONE = -1;

    private static final int CHUNK_SHIFT = Integer.numberOfTrailingZeros(CHUNK_SLOTS);
    private static final int OFFSET_INDEX = 8;
    private static final int PLACE_INDEX = 16;
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private final UnsafeBuffer[] chunks;
    private UnsafeBuffer[] segments;
    private int preparedChunks;
    private int usedChunks;
    private long mask;
    private long limit;
    private long size;
    private long seed;

    /**
     * @param memoryLength bytes that the map may take; at least one chunk is used whatever it says.
     */
    CompactionMap(final long memoryLength)
    {
        final long fitting = Math.max(1, memoryLength / CHUNK_LENGTH);
        chunks = new UnsafeBuffer[(int)Math.min(1 << 20, Long.highestOneBit(fitting))];
    }

    /**
     * Begin anew. {@link #prepare()} is to be called until it returns true before anything else.
     *
     * @param segments   memory of the segments, which records are named by the number of.
     * @param maxRecords that will be put at most, from which the memory that is needed follows.
     * @param seed       of the hash.
     */
    void begin(final UnsafeBuffer[] segments, final long maxRecords, final long seed)
    {
        this.segments = segments;
        this.seed = seed;
        final long slots = BitUtil.findNextPositivePowerOfTwo(
            Math.min(Math.max(16, maxRecords), 1L << 50) * 4 / 3 + 1);
        usedChunks = (int)Math.min(chunks.length, Math.max(1, slots >>> CHUNK_SHIFT));
        mask = Math.min(slots, (long)usedChunks << CHUNK_SHIFT) - 1;
        limit = (mask + 1) / 4 * 3;
        size = 0;
        preparedChunks = 0;
    }

    /**
     * Make the next chunk ready.
     *
     * @return whether all are.
     */
    boolean prepare()
    {
        if (preparedChunks < usedChunks)
        {
            if (null == chunks[preparedChunks])
            {
                chunks[preparedChunks] = new UnsafeBuffer(ByteBuffer.allocateDirect(CHUNK_LENGTH));
            }
            else
            {
                chunks[preparedChunks].setMemory(0, CHUNK_LENGTH, (byte)0);
            }
            preparedChunks++;
        }

        return preparedChunks == usedChunks;
    }

    /** Give the memory back. */
    void release()
    {
        segments = null;
        for (int i = 0; i < chunks.length && null != chunks[i]; i++)
        {
            final ByteBuffer memory = chunks[i].byteBuffer();
            chunks[i].wrap(0, 0);
            chunks[i] = null;
            BufferUtil.free(memory);
        }
        preparedChunks = 0;
        usedChunks = 0;
    }

    /**
     * Remember a record as the last one with its key. Records come with rising offsets.
     *
     * @param segment     number of its segment.
     * @param recordIndex of the record, which has a key.
     * @param offset      of the record.
     * @return false where the map is full and does not know the key: nothing was changed.
     */
    boolean put(final int segment, final int recordIndex, final long offset)
    {
        final UnsafeBuffer log = segments[segment];
        final int keyLength = log.getInt(recordIndex + RecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
        final int keyIndex = recordIndex + RecordDescriptor.FIXED_LENGTH;
        final long hash = hash(log, keyIndex, keyLength);
        long slot = hash & mask;
        while (true)
        {
            final UnsafeBuffer chunk = chunks[(int)(slot >>> CHUNK_SHIFT)];
            final int index = (int)(slot & CHUNK_SLOTS - 1) * SLOT_LENGTH;
            final long place = chunk.getLong(index + PLACE_INDEX);
            final boolean isFree = 0 == place;
            if (isFree && size >= limit)
            {
                return false;
            }
            if (isFree || hash == chunk.getLong(index) && isKeyAt(place, log, keyIndex, keyLength))
            {
                chunk.putLong(index, hash);
                chunk.putLong(index + OFFSET_INDEX, offset);
                chunk.putLong(index + PLACE_INDEX, (long)segment << 32 | recordIndex);
                size += isFree ? 1 : 0;
                return true;
            }
            slot = slot + 1 & mask;
        }
    }

    /**
     * Look for the last record with the key of another. Places before that record are not looked at: their memory may
     * be gone.
     *
     * @param log         memory that holds the record.
     * @param recordIndex of the record, which has a key.
     * @param offset      of the record.
     * @return offset of the last record with this key, if that is at or behind the given offset, or else NONE.
     */
    long lastOffset(final UnsafeBuffer log, final int recordIndex, final long offset)
    {
        final int keyLength = log.getInt(recordIndex + RecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
        final int keyIndex = recordIndex + RecordDescriptor.FIXED_LENGTH;
        final long hash = hash(log, keyIndex, keyLength);
        long slot = hash & mask;
        while (true)
        {
            final UnsafeBuffer chunk = chunks[(int)(slot >>> CHUNK_SHIFT)];
            final int index = (int)(slot & CHUNK_SLOTS - 1) * SLOT_LENGTH;
            final long place = chunk.getLong(index + PLACE_INDEX);
            if (0 == place)
            {
                return NONE;
            }
            if (hash == chunk.getLong(index))
            {
                final long last = chunk.getLong(index + OFFSET_INDEX);
                if (last == offset || last > offset && isKeyAt(place, log, keyIndex, keyLength))
                {
                    return last;
                }
            }
            slot = slot + 1 & mask;
        }
    }

    long size()
    {
        return size;
    }

    private boolean isKeyAt(final long place, final UnsafeBuffer log, final int keyIndex, final int keyLength)
    {
        final UnsafeBuffer other = segments[(int)(place >>> 32)];
        final int otherRecord = (int)place;
        if (keyLength != other.getInt(otherRecord + RecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN))
        {
            return false;
        }

        final int otherIndex = otherRecord + RecordDescriptor.FIXED_LENGTH;
        int i = 0;
        for (; i + Long.BYTES <= keyLength; i += Long.BYTES)
        {
            if (log.getLong(keyIndex + i) != other.getLong(otherIndex + i))
            {
                return false;
            }
        }
        for (; i < keyLength; i++)
        {
            if (log.getByte(keyIndex + i) != other.getByte(otherIndex + i))
            {
                return false;
            }
        }

        return true;
    }

    private long hash(final UnsafeBuffer log, final int keyIndex, final int keyLength)
    {
        long hash = seed ^ keyLength * MULTIPLIER;
        int i = 0;
        for (; i + Long.BYTES <= keyLength; i += Long.BYTES)
        {
            hash = mix(hash ^ log.getLong(keyIndex + i, LITTLE_ENDIAN));
        }
        long rest = 0;
        for (; i < keyLength; i++)
        {
            rest = rest << Byte.SIZE | log.getByte(keyIndex + i) & 0xFF;
        }

        return mix(hash ^ rest);
    }

    /** The finalizer of MurmurHash3. */
    private static long mix(final long value)
    {
        long mixed = value ^ value >>> 33;
        mixed *= 0xFF51_AFD7_ED55_8CCDL;
        mixed ^= mixed >>> 33;
        mixed *= 0xC4CE_B9FE_1A85_EC53L;

        return mixed ^ mixed >>> 33;
    }
}
