package io.epona.loadgen.scenario;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import java.util.Map;

/**
 * Trees of values as paths with a value each.
 */
public final class Flat
{
    private static final YAMLMapper YAML = new YAMLMapper();

    private Flat()
    {
    }

    /**
     * @param path   of the text, empty for none.
     * @param yaml   text.
     * @param values that get its values by their paths.
     */
    public static void yaml(final String path, final String yaml, final Map<String, String> values)
    {
        try
        {
            json(path, YAML.readTree(yaml), values);
        }
        catch (final JsonProcessingException ex)
        {
            // A stored scenario that is no YAML differs as a whole.
            values.put(path, yaml);
        }
    }

    /**
     * @param path   of the node, empty for none.
     * @param node   of a tree.
     * @param values that get its values by their paths.
     */
    public static void json(final String path, final JsonNode node, final Map<String, String> values)
    {
        if (node.isObject())
        {
            node.properties().forEach((field) ->
                json(path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), values));
        }
        else
        {
            values.put(path, node.isArray() ? node.toString() : node.asText());
        }
    }
}
