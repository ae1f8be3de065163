package io.epona.transport;

import io.epona.codecs.client.MessageHeaderDecoder;
import io.epona.codecs.client.ProduceAcksDecoder;
import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * First look at a message: nothing behind the header is touched before its length is known to suffice. Stateless.
 */
final class Inbound
{
    static final int HEADER_LENGTH = MessageHeaderDecoder.ENCODED_LENGTH;
    /** What {@link #templateId} returns for what is no message of the client schema. */
    static final int MALFORMED = -1;

    private static final int BLOCK_LENGTH_OFFSET = 0;
    private static final int TEMPLATE_ID_OFFSET = 2;
    private static final int SCHEMA_ID_OFFSET = 4;
    private static final int VERSION_OFFSET = 6;

    private Inbound()
    {
    }

    static int templateId(final DirectBuffer buffer, final int index, final int length)
    {
        if (length < HEADER_LENGTH ||
            ProduceAcksDecoder.SCHEMA_ID != unsigned(buffer, index + SCHEMA_ID_OFFSET) ||
            length - HEADER_LENGTH < unsigned(buffer, index + BLOCK_LENGTH_OFFSET))
        {
            return MALFORMED;
        }
        return unsigned(buffer, index + TEMPLATE_ID_OFFSET);
    }

    static int blockLength(final DirectBuffer buffer, final int index)
    {
        return unsigned(buffer, index + BLOCK_LENGTH_OFFSET);
    }

    static int version(final DirectBuffer buffer, final int index)
    {
        return unsigned(buffer, index + VERSION_OFFSET);
    }

    private static int unsigned(final DirectBuffer buffer, final int index)
    {
        return buffer.getShort(index, LITTLE_ENDIAN) & 0xFFFF;
    }
}
