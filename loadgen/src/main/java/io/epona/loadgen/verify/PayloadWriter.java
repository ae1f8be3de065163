package io.epona.loadgen.verify;

import io.epona.codecs.batch.Crc32c;
import io.epona.loadgen.scenario.Scenario.CrcScope;
import org.agrona.BitUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

import static io.epona.loadgen.verify.Payload.*;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Writes verified values in place. Allocation-free. Owned by the generator's thread.
 */
public final class PayloadWriter
{
    private final Crc32c crc = new Crc32c();
    private final CrcScope scope;
    private final UnsafeBuffer pattern;

    /**
     * @param seed      of the filler pattern.
     * @param maxLength longest value in bytes.
     * @param scope     what the checksum covers.
     */
    public PayloadWriter(final long seed, final int maxLength, final CrcScope scope)
    {
        this.scope = scope;
        final SplittableRandom random = new SplittableRandom(seed);
        pattern = new UnsafeBuffer(ByteBuffer.allocateDirect(BitUtil.align(maxLength, Long.BYTES)));
        for (int i = 0; i < pattern.capacity(); i += Long.BYTES)
        {
            pattern.putLong(i, random.nextLong());
        }
    }

    /**
     * @param buffer     to write to.
     * @param index      of the value.
     * @param length     of the value, at least {@link Payload#HEADER_LENGTH}.
     * @param producer   that sends it.
     * @param partition  that it goes to.
     * @param key        that it has, -1 for none.
     * @param sequence   in the stream of that producer to that partition.
     * @param intendedNs time at which it was due.
     * @param acceptedNs time at which the driver took it.
     */
    public void write(
        final MutableDirectBuffer buffer,
        final int index,
        final int length,
        final int producer,
        final int partition,
        final long key,
        final long sequence,
        final long intendedNs,
        final long acceptedNs)
    {
        final int identity = identity(producer, partition);
        buffer.putInt(index + IDENTITY_OFFSET, identity, LITTLE_ENDIAN);
        buffer.putLong(index + SEQUENCE_OFFSET, sequence, LITTLE_ENDIAN);
        buffer.putLong(index + INTENDED_OFFSET, intendedNs, LITTLE_ENDIAN);
        buffer.putLong(index + ACCEPTED_OFFSET, acceptedNs, LITTLE_ENDIAN);
        buffer.putBytes(index + HEADER_LENGTH, pattern, HEADER_LENGTH, length - HEADER_LENGTH);

        final int checksum = CrcScope.NONE == scope ? 0 : checksWhole(scope, sequence) ?
            Payload.crc(crc, buffer, index, length) :
            mix(identity, sequence, intendedNs, acceptedNs, length);
        buffer.putInt(
            index + CHECKSUM_OFFSET, CrcScope.NONE == scope ? 0 : checksum ^ mixKey(key), LITTLE_ENDIAN);
    }
}
