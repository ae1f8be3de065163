package io.epona.codecs.schema;

import io.epona.codecs.GoldenFile;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageDecoderFlyweight;
import org.agrona.sbe.MessageEncoderFlyweight;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GoldenMessagesTest
{
    private static final int HEADER_LENGTH = 8;
    private static final int CAPACITY = 4096;
    private static final byte GARBAGE = (byte)0xA5;

    @TestFactory
    Stream<DynamicTest> shouldEncodeAndDecodeTheGoldenBytesOfEveryMessage() throws Exception
    {
        return Schemas.messages().stream().map(
            (message) -> DynamicTest.dynamicTest(message.toString(), () -> check(message)));
    }

    @Test
    void shouldHaveNoGoldenFileWithoutAMessage() throws Exception
    {
        final Set<String> expected = Schemas.messages().stream()
            .map(Schemas.Message::toString)
            .collect(Collectors.toSet());

        for (final String schema : Schemas.NAMES)
        {
            final Path directory = GoldenFile.DIRECTORY.resolve(schema);
            try (Stream<Path> files = Files.list(directory))
            {
                final List<String> leftOver = files
                    .map((file) -> schema + "/" + file.getFileName().toString().replace(".hex", ""))
                    .filter((name) -> !expected.contains(name))
                    .collect(Collectors.toList());
                assertEquals(List.of(), leftOver);
            }
        }
    }

    private static void check(final Schemas.Message message) throws Exception
    {
        final byte[] golden = GoldenFile.check(message.toString(), encode(message));
        assertHeader(message, new UnsafeBuffer(golden));

        final MessageDecoderFlyweight decoder = (MessageDecoderFlyweight)message.newFlyweight("Decoder");
        decoder.wrap(new UnsafeBuffer(golden), HEADER_LENGTH, message.blockLength(), message.version());
        final SampleChecker checker = new SampleChecker(message.namespace());
        checker.walk(decoder, message.tokens());

        assertTrue(checker.checkCount() > 0);
        assertEquals(golden.length - HEADER_LENGTH, decoder.encodedLength());
    }

    private static byte[] encode(final Schemas.Message message) throws Exception
    {
        // Into garbage: a byte that the encoder leaves out shows as a difference to the golden file.
        final byte[] bytes = new byte[CAPACITY];
        Arrays.fill(bytes, GARBAGE);
        final MutableDirectBuffer buffer = new UnsafeBuffer(bytes);

        final MessageEncoderFlyweight encoder = (MessageEncoderFlyweight)message.newFlyweight("Encoder");
        writeHeader(encoder, buffer);
        encoder.wrap(buffer, HEADER_LENGTH);
        new SampleEncoder(message.namespace()).walk(encoder, message.tokens());

        final int length = HEADER_LENGTH + encoder.encodedLength();
        for (int i = length; i < CAPACITY; i++)
        {
            assertEquals(GARBAGE, bytes[i], "written behind the end");
        }

        return Arrays.copyOf(bytes, length);
    }

    private static void writeHeader(final MessageEncoderFlyweight encoder, final MutableDirectBuffer buffer)
        throws IOException
    {
        buffer.putShort(0, (short)encoder.sbeBlockLength(), ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(2, (short)encoder.sbeTemplateId(), ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(4, (short)encoder.sbeSchemaId(), ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(6, (short)encoder.sbeSchemaVersion(), ByteOrder.LITTLE_ENDIAN);
    }

    private static void assertHeader(final Schemas.Message message, final DirectBuffer buffer)
    {
        assertEquals(message.blockLength(), buffer.getShort(0, ByteOrder.LITTLE_ENDIAN));
        assertEquals(message.templateId(), buffer.getShort(2, ByteOrder.LITTLE_ENDIAN));
        assertEquals(message.schemaId(), buffer.getShort(4, ByteOrder.LITTLE_ENDIAN));
        assertEquals(message.version(), buffer.getShort(6, ByteOrder.LITTLE_ENDIAN));
    }
}
