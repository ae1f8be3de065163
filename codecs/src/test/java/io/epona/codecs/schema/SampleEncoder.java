package io.epona.codecs.schema;

import uk.co.real_logic.sbe.ir.Token;

import java.lang.reflect.Method;

/**
 * Writes the sample values with a generated encoder.
 */
final class SampleEncoder extends FlyweightWalker
{
    SampleEncoder(final String namespace)
    {
        super(namespace);
    }

    @Override
    void onNumber(final Object flyweight, final Token encoding, final String name, final long value)
        throws ReflectiveOperationException
    {
        final Method method = setter(flyweight, name);
        final Class<?> type = method.getParameterTypes()[0];
        method.invoke(flyweight, byte.class == type ? (Object)(byte)value :
            short.class == type ? (Object)(short)value :
            int.class == type ? (Object)(int)value : (Object)value);
    }

    @Override
    void onZeros(final Object flyweight, final String name, final int length) throws ReflectiveOperationException
    {
        put(flyweight, name, new byte[length]);
    }

    @Override
    void onEnum(final Object flyweight, final String name, final Object value) throws ReflectiveOperationException
    {
        setter(flyweight, name).invoke(flyweight, value);
    }

    @Override
    void onChoice(final Object set, final String name, final boolean value) throws ReflectiveOperationException
    {
        set.getClass().getMethod(name, boolean.class).invoke(set, value);
    }

    @Override
    void onText(final Object flyweight, final String name, final String value) throws ReflectiveOperationException
    {
        flyweight.getClass().getMethod(name, String.class).invoke(flyweight, value);
    }

    @Override
    void onBytes(final Object flyweight, final String name, final byte[] value) throws ReflectiveOperationException
    {
        put(flyweight, name, value);
    }

    @Override
    Object onGroup(final Object flyweight, final String name, final int count) throws ReflectiveOperationException
    {
        return flyweight.getClass().getMethod(name + "Count", int.class).invoke(flyweight, count);
    }

    private static void put(final Object flyweight, final String name, final byte[] value)
        throws ReflectiveOperationException
    {
        flyweight.getClass().getMethod("put" + capitalise(name), byte[].class, int.class, int.class)
            .invoke(flyweight, value, 0, value.length);
    }

    private static Method setter(final Object flyweight, final String name)
    {
        for (final Method method : flyweight.getClass().getMethods())
        {
            if (method.getName().equals(name) && 1 == method.getParameterCount())
            {
                return method;
            }
        }

        throw new IllegalStateException("no setter of " + name + " in " + flyweight.getClass());
    }
}
