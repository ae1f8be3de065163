package io.epona.codecs.schema;

import uk.co.real_logic.sbe.ir.Token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Reads with a generated decoder and expects the sample values.
 */
final class SampleChecker extends FlyweightWalker
{
    private int checkCount;

    SampleChecker(final String namespace)
    {
        super(namespace);
    }

    int checkCount()
    {
        return checkCount;
    }

    @Override
    void onNumber(final Object flyweight, final Token encoding, final String name, final long value)
        throws ReflectiveOperationException
    {
        checkCount++;
        assertEquals(value, ((Number)read(flyweight, name)).longValue(), name);
    }

    @Override
    void onZeros(final Object flyweight, final String name, final int length) throws ReflectiveOperationException
    {
        assertArrayEquals(new byte[length], bytes(flyweight, name, length), name);
    }

    @Override
    void onEnum(final Object flyweight, final String name, final Object value) throws ReflectiveOperationException
    {
        checkCount++;
        assertEquals(value, read(flyweight, name), name);
    }

    @Override
    void onChoice(final Object set, final String name, final boolean value) throws ReflectiveOperationException
    {
        checkCount++;
        assertEquals(value, read(set, name), name);
    }

    @Override
    void onText(final Object flyweight, final String name, final String value) throws ReflectiveOperationException
    {
        checkCount++;
        assertEquals(value, read(flyweight, name), name);
    }

    @Override
    void onBytes(final Object flyweight, final String name, final byte[] value) throws ReflectiveOperationException
    {
        checkCount++;
        assertEquals(value.length, read(flyweight, name + "Length"), name);
        assertArrayEquals(value, bytes(flyweight, name, value.length), name);
    }

    @Override
    Object onGroup(final Object flyweight, final String name, final int count) throws ReflectiveOperationException
    {
        final Object group = read(flyweight, name);
        assertEquals(count, read(group, "count"), name);
        return group;
    }

    private static Object read(final Object flyweight, final String name) throws ReflectiveOperationException
    {
        return flyweight.getClass().getMethod(name).invoke(flyweight);
    }

    private static byte[] bytes(final Object flyweight, final String name, final int length)
        throws ReflectiveOperationException
    {
        final byte[] bytes = new byte[length];
        flyweight.getClass().getMethod("get" + capitalise(name), byte[].class, int.class, int.class)
            .invoke(flyweight, bytes, 0, length);
        return bytes;
    }
}
