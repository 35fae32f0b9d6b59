//! Adding to a graph: each call gives the name of the new value.

use super::{Graph, Node};
use crate::model::{Dim, ValueInfo};
use crate::proto::AttributeProto;
use crate::tensor::{DataType, Element, Tensor};

impl Graph {
    /// Adds a node of a standard operator with one output and gives that output's name, made from the operator's.
    /// Inputs left out are "".
    pub fn node<I: AsRef<str>>(
        &mut self,
        operator: &str,
        inputs: impl IntoIterator<Item = I>,
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) -> String {
        let output = self.fresh(operator);
        self.push(operator, inputs, vec![output.clone()], attributes);
        output
    }

    /// Adds a node whose one output has a name with that stem.
    pub fn named_node<I: AsRef<str>>(
        &mut self,
        stem: &str,
        operator: &str,
        inputs: impl IntoIterator<Item = I>,
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) -> String {
        let output = self.fresh(stem);
        self.push(operator, inputs, vec![output.clone()], attributes);
        output
    }

    /// Adds a node with several outputs.
    pub fn nodes<I: AsRef<str>>(
        &mut self,
        operator: &str,
        inputs: impl IntoIterator<Item = I>,
        outputs: usize,
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) -> Vec<String> {
        let outputs: Vec<String> = (0..outputs).map(|_| self.fresh(operator)).collect();
        self.push(operator, inputs, outputs.clone(), attributes);
        outputs
    }

    /// Adds a node that gives values of these very names, which the caller has from [`Graph::fresh`] or
    /// [`Graph::reserve`].
    pub fn push<I: AsRef<str>>(
        &mut self,
        operator: &str,
        inputs: impl IntoIterator<Item = I>,
        outputs: Vec<String>,
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) {
        self.nodes.push(Node {
            name: outputs.iter().find(|o| !o.is_empty()).cloned().unwrap_or_default(),
            operator: operator.into(),
            domain: String::new(),
            overload: String::new(),
            inputs: inputs.into_iter().map(|i| i.as_ref().to_owned()).collect(),
            outputs,
            attributes: attributes.into_iter().collect(),
        });
    }

    /// Adds a constant under a name with that stem.
    pub fn constant(&mut self, stem: &str, tensor: Tensor) -> String {
        let name = self.fresh(stem);
        self.constants.insert(name.clone(), tensor);
        name
    }

    /// A vector of integers as a constant; equal ones are shared.
    pub fn ints(&mut self, values: &[i64]) -> String {
        let stem = format!("ints_{}", values.iter().map(i64::to_string).collect::<Vec<_>>().join("_"));
        self.shared(stem, Tensor::ints(values))
    }

    /// One number as a constant without dimensions; equal ones are shared.
    pub fn scalar<T: Element + std::fmt::Display>(&mut self, value: T) -> String {
        self.shared(format!("{}_{value}", T::DATA_TYPE), Tensor::scalar(value))
    }

    /// One number, rounded to a float or integer type, as a constant without dimensions; equal ones are shared.
    ///
    /// # Panics
    /// Where the type is no number's.
    pub fn number(&mut self, data_type: DataType, value: f64) -> String {
        let tensor = Tensor::from_f64s(data_type, &[], &[value]).expect("a type of numbers");
        self.shared(format!("{data_type}_{value}"), tensor)
    }

    /// A constant under that name, or the one that is there already if it is equal.
    fn shared(&mut self, stem: String, tensor: Tensor) -> String {
        if self.constants.get(&stem) == Some(&tensor) {
            return stem;
        }
        self.constant(&stem, tensor)
    }

    /// Declares an input; the name given back has a number behind it where another value has that name.
    pub fn add_input(
        &mut self,
        name: &str,
        data_type: DataType,
        dims: impl IntoIterator<Item = Dim>,
    ) -> String {
        let name = self.fresh(name);
        self.inputs.push(ValueInfo::new(name.clone(), data_type, dims));
        name
    }

    /// Makes a value an output under its own name.
    pub fn add_output(&mut self, value: &str, data_type: DataType, dims: impl IntoIterator<Item = Dim>) {
        self.outputs.push(ValueInfo::new(value, data_type, dims));
    }

    /// Makes a value an output under another name, by an `Identity` node.
    ///
    /// # Panics
    /// Where a value of that name is there already.
    pub fn add_output_as(
        &mut self,
        name: &str,
        value: &str,
        data_type: DataType,
        dims: impl IntoIterator<Item = Dim>,
    ) {
        assert!(self.reserve(name), "a value `{name}` is there already");
        self.push("Identity", [value], vec![name.to_owned()], []);
        self.add_output(name, data_type, dims);
    }
}
