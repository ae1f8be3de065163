package io.epona.codecs.batch;

import org.agrona.BufferUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32C;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class Crc32cTest
{
    private static final int LENGTH = 9000;
    private static final int ROUNDS = 200;

    private final Crc32c crc = new Crc32c();
    private final byte[] data = new byte[LENGTH];

    Crc32cTest()
    {
        new Random(7).nextBytes(data);
    }

    @Test
    void shouldComputeTheVectorsOfRfc3720()
    {
        final byte[] bytes = new byte[32];
        assertEquals(0x8A9136AA, compute(bytes));

        java.util.Arrays.fill(bytes, (byte)0xFF);
        assertEquals(0x62A8AB43, compute(bytes));

        for (int i = 0; i < 32; i++)
        {
            bytes[i] = (byte)i;
        }
        assertEquals(0x46DD794E, compute(bytes));

        for (int i = 0; i < 32; i++)
        {
            bytes[i] = (byte)(31 - i);
        }
        assertEquals(0x113FDB5C, compute(bytes));

        final byte[] readCommand = new byte[48];
        readCommand[0] = 0x01;
        readCommand[1] = (byte)0xC0;
        readCommand[16] = 0x14;
        readCommand[22] = 0x04;
        readCommand[27] = 0x14;
        readCommand[31] = 0x18;
        readCommand[32] = 0x28;
        readCommand[40] = 0x02;
        assertEquals(0xD9963A56, compute(readCommand));
    }

    @Test
    void shouldComputeTheCheckValue()
    {
        assertEquals(0xE3069283, compute("123456789".getBytes(StandardCharsets.US_ASCII)));
        assertEquals(0, compute(new byte[0]));
    }

    @Test
    void shouldAgreeOnHeapArraysAndPartsOfThem()
    {
        checkRanges(new UnsafeBuffer(data.clone()), 0);
        checkRanges(new UnsafeBuffer(data.clone(), 100, LENGTH - 100), 100);
    }

    @Test
    void shouldAgreeOnHeapByteBuffersAndSlicesOfThem()
    {
        checkRanges(new UnsafeBuffer(ByteBuffer.wrap(data.clone())), 0);

        final ByteBuffer slice = ByteBuffer.wrap(data.clone()).position(64).slice();
        checkRanges(new UnsafeBuffer(slice), 64);
        checkRanges(new UnsafeBuffer(slice, 8, slice.capacity() - 8), 72);
        checkRanges(new UnsafeBuffer(ByteBuffer.wrap(data.clone()).asReadOnlyBuffer()), 0);
    }

    @Test
    void shouldAgreeOnDirectBuffersAndSlicesOfThem()
    {
        final ByteBuffer direct = ByteBuffer.allocateDirect(LENGTH).put(data);
        checkRanges(new UnsafeBuffer(direct.clear()), 0);

        final ByteBuffer slice = direct.position(64).slice();
        checkRanges(new UnsafeBuffer(slice), 64);
        checkRanges(new UnsafeBuffer(slice, 8, slice.capacity() - 8), 72);
        checkRanges(new UnsafeBuffer(new UnsafeBuffer(slice, 8, slice.capacity() - 8), 1, 500), 73);
    }

    @Test
    void shouldAgreeOnABareAddress()
    {
        final ByteBuffer direct = ByteBuffer.allocateDirect(LENGTH).put(data);
        final UnsafeBuffer buffer = new UnsafeBuffer();
        buffer.wrap(BufferUtil.address(direct), LENGTH);
        checkRanges(buffer, 0);
        assertEquals(data.length, direct.capacity());
    }

    @Test
    void shouldAgreeOnMappedFiles(@TempDir final Path directory)
    {
        final File file = directory.resolve("mapped").toFile();
        final MappedByteBuffer mapped = IoUtil.mapNewFile(file, LENGTH);
        try
        {
            mapped.put(data).clear();
            checkRanges(new UnsafeBuffer(mapped), 0);
            checkRanges(new UnsafeBuffer(mapped, 128, LENGTH - 128), 128);
            crc.releaseViews();
            checkRanges(new UnsafeBuffer(mapped), 0);
        }
        finally
        {
            IoUtil.unmap(mapped);
        }
    }

    @Test
    void shouldGoOnOverMoreBuffersThanItKeepsViewsOf()
    {
        final UnsafeBuffer[] buffers = new UnsafeBuffer[20];
        for (int i = 0; i < buffers.length; i++)
        {
            buffers[i] = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH).put(data).clear());
        }

        for (int round = 0; round < 3; round++)
        {
            for (final UnsafeBuffer buffer : buffers)
            {
                checkRanges(buffer, 0);
            }
        }
    }

    @Test
    void shouldRefuseARangeBeyondTheBuffer()
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(data);
        assertThrows(IndexOutOfBoundsException.class, () -> crc.compute(buffer, LENGTH - 1, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> crc.compute(buffer, -1, 2));
    }

    private void checkRanges(final UnsafeBuffer buffer, final int dataIndex)
    {
        final Random random = new Random(11);
        final CRC32C expected = new CRC32C();
        for (int i = 0; i < ROUNDS; i++)
        {
            final int index = random.nextInt(buffer.capacity());
            final int length = random.nextInt(buffer.capacity() - index + 1);
            expected.reset();
            expected.update(data, dataIndex + index, length);
            assertEquals((int)expected.getValue(), crc.compute(buffer, index, length));
        }
    }

    private int compute(final byte[] bytes)
    {
        return crc.compute(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
